#!/bin/sh
# portfwd beside ufw: ufw starts while the forwards are loaded, and at boot; the command that portfwd prints.
remedy() { portfwd check 2>&1 | sed -n 's/.*run: \(ufw [^;]*\);.*/\1/p' | head -n 1; }

case $STEP in
1)
  install
  network
  tried 'ufw starts while the forwards are loaded'
  in_file '{ name: main, protocol: [tcp, udp], listen: 6000, target: "192.168.0.2:5000" }'
  portfwd_says apply
  portfwd_says enable
  ufw --force enable | sed 's/^/      /'
  systemctl enable ufw 2>/dev/null
  check 'ufw drops what it does not know' nothing from outside tcp 198.51.100.1 6000
  check 'check says so' host/forward-dropped sh -c 'portfwd check 2>&1 | grep -o host/forward-dropped'
  portfwd_says check
  command=$(remedy)
  echo "      \$ $command"
  sh -c "$command" | sed 's/^/      /'
  forwards_work 'after the command that check prints'
  check 'UDP, after the command that check prints' 'TARGET sees 198.51.100.2' from outside udp 198.51.100.1 6000
  exit 77
  ;;
2)
  network
  tried 'ufw at boot, and its reload'
  becomes 'ufw is active' active systemctl is-active ufw
  forwards_work 'boot'
  ufw reload | sed 's/^/      /'
  forwards_work 'reload'
  systemctl restart ufw
  forwards_work 'restart'
  ufw --force disable | sed 's/^/      /'
  forwards_work 'ufw is off'
  portfwd_says down --purge
  ;;
esac
