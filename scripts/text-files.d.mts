export declare const TEXT_FILES: Record<'.bash' | '.zsh' | '.fish', 'text'>;
