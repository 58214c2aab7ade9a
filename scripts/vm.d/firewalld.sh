#!/bin/sh
# portfwd beside firewalld: it starts while the forwards are loaded, and at boot; the command that portfwd prints.
remedy() { portfwd check 2>&1 | sed -n "s/.*run: \\($1 [^;]*\\);.*/\\1/p" | head -n 1; } # PROGRAM
silent() { from "$@" 2>/dev/null || echo nothing; }

case $STEP in
1)
  install
  network
  tried 'firewalld starts while the forwards are loaded'
  in_file '{ name: main, protocol: [tcp, udp], listen: 6000, target: "192.168.0.2:5000" }'
  portfwd_says apply
  portfwd_says enable
  systemctl start firewalld
  becomes 'firewalld runs' running firewall-cmd --state
  portfwd_says check
  portfwd_says status
  command=$(remedy firewall-cmd)
  echo "      \$ $command"
  [ -z "$command" ] || sh -c "$command" | sed 's/^/      /'
  forwards_work 'afterwards'
  systemctl enable firewalld 2>/dev/null
  exit 77
  ;;
2)
  network
  tried 'firewalld at boot, and its reload'
  becomes 'firewalld runs' running firewall-cmd --state
  forwards_work 'boot'
  firewall-cmd --reload | sed 's/^/      /'
  forwards_work 'reload'
  systemctl restart firewalld
  becomes 'firewalld runs again' running firewall-cmd --state
  forwards_work 'restart'
  portfwd_says status

  # Since firewalld 2.3.
  if grep -q '^StrictForwardPorts=' /etc/firewalld/firewalld.conf; then
    tried 'firewalld: StrictForwardPorts'
    sed -i 's/^StrictForwardPorts=.*/StrictForwardPorts=yes/' /etc/firewalld/firewalld.conf
    systemctl restart firewalld
    becomes 'firewalld runs' running firewall-cmd --state
    check 'strict mode drops the forwards' nothing silent outside tcp 198.51.100.1 6000
    command=$(remedy sed)
    echo "      \$ $command"
    check 'check prints a command' '*StrictForwardPorts*' echo "$command"
    [ -z "$command" ] || sh -c "$command" | sed 's/^/      /'
    forwards_work 'after the command'
  fi
  systemctl disable --now firewalld 2>/dev/null
  forwards_work 'firewalld is off'
  portfwd_says down --purge
  ;;
esac
