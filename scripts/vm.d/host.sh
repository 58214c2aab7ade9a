#!/bin/sh
# What only a booted system shows: units, boots, the end of sessions, the loss of power.
FILTER='#!/usr/sbin/nft -f
flush ruleset
table inet filter {
	chain forward { type filter hook forward priority 0; policy drop; ct state established,related accept; ct status dnat accept; }
}'

MAIN='{ name: main, protocol: [tcp, udp], listen: 6000, target: "192.168.0.2:5000", loopback: true }'
MORE='"6001:192.168.0.2:5000"'

everywhere() {
  forwards_work "$1"
  check "$1: UDP from outside" 'TARGET sees 198.51.100.2' from outside udp 198.51.100.1 6000
  check "$1: the host itself" 'TARGET sees *' here tcp 198.51.100.1 6000
  check "$1: 127.0.0.1" 'TARGET sees 192.168.0.1' here tcp 127.0.0.1 6000
  check "$1: the target itself" 'TARGET sees 192.168.0.1' from target tcp 192.168.0.1 6000
}

# A login in which a change waits for confirmation. It is loaded when this returns.
change() { # SECONDS
  (ssh -tt root@127.0.0.1 "PATH=/usr/local/bin:\$PATH portfwd apply --confirm $1" >/root/login 2>&1 &)
  becomes 'the change waits' '*reverting in*' sh -c 'tr "\r" "\n" </root/login | grep "reverting in"'
}

connections_to() { portfwd stats --json | grep -o "\"name\":\"$1\"[^}]*" | grep -o '"connections":[0-9]*'; } # NAME

# The firewall stops and starts again; a client sends all the time.
firewall_restarts() { # NAME
  check "$1: portfwd.service is active" active systemctl is-active portfwd.service
  for action in restart reload; do
    systemctl $action nftables
    forwards_work "$action, $1"
    becomes "$action, $1: 127.0.0.1" 'TARGET sees 192.168.0.1' here tcp 127.0.0.1 6000
  done
  systemctl stop nftables
  closes "stop, $1"
  check "stop, $1: no table of portfwd" nothing sh -c 'nft list tables | grep portfwd || echo nothing'
  # Without another user of conntrack, nothing would remember the flow.
  nft 'table inet other { chain incoming { type filter hook input priority 0; ct state new counter; }; }'
  ip netns exec outside python3 /root/stream.py 198.51.100.1 6000 &
  stream=$!
  becomes "stop, $1: a client sends UDP" nothing cat /root/heard
  becomes "stop, $1: its flow is tracked" '*dport=6000*' conntrack -L -p udp --orig-port-dst 6000
  systemctl start nftables
  forwards_work "start, $1"
  becomes "start, $1: the UDP client that sent in the gap is forwarded" 'TARGET sees 198.51.100.2' cat /root/heard
  kill $stream
  nft 'add table inet other; delete table inet other'
  check "$1: status is in sync" 'boot: enabled' portfwd status
}

case $STEP in
1)
  install
  mkdir -p /root/.ssh
  ssh-keygen -q -t ed25519 -N '' -f /root/.ssh/id_ed25519
  cp /root/.ssh/id_ed25519.pub /root/.ssh/authorized_keys
  printf 'StrictHostKeyChecking no\nUserKnownHostsFile /dev/null\nLogLevel ERROR\n' >/root/.ssh/config
  network

  tried 'job: check, apply, status'
  in_file "$MAIN"
  check 'check' 0 status_code check
  portfwd_says apply
  everywhere 'apply'
  check 'status' 'boot: not enabled*' portfwd status
  check 'the watch is active' active systemctl is-active portfwd-guard.service

  tried 'enable, hardened unit'
  portfwd_says enable
  check 'the service is active' active systemctl is-active portfwd.service
  check 'the watch has ended' inactive systemctl is-active portfwd-guard.service
  systemctl restart portfwd
  everywhere 'restart of portfwd.service'
  check 'exposure of the unit' '*OK*' sh -c 'systemd-analyze security portfwd.service --no-pager | tail -n 1'
  check 'status' 'boot: enabled' portfwd status

  tried 'confirm: killed ssh'
  in_file "$MAIN" "$MORE"
  change 60
  check 'loaded' '6000 6001 ' listens
  check 'status names the change' waiting sh -c 'portfwd status | grep -o ^waiting'
  kill -9 "$(pgrep -f 'ssh -tt root' | head -n 1)"
  becomes 'reverted' '6000 ' listens
  becomes 'status says so' reverted sh -c 'portfwd status | grep -o ^reverted'
  forwards_work 'afterwards'

  tried 'confirm: ended session'
  mkdir -p /etc/systemd/logind.conf.d
  printf '[Login]\nKillUserProcesses=yes\nKillExcludeUsers=\n' >/etc/systemd/logind.conf.d/kill.conf
  systemctl restart systemd-logind
  change 60
  loginctl terminate-user root
  becomes 'the command is killed' nothing sh -c 'pgrep -f "apply --confir[m]" || echo nothing'
  becomes 'reverted' '6000 ' listens
  rm /etc/systemd/logind.conf.d/kill.conf
  systemctl restart systemd-logind

  tried 'confirm: from another terminal'
  change 600
  check 'confirm' 0 status_code confirm
  becomes 'kept' '6000 6001 ' listens
  check 'the boot has it too' yes sh -c 'grep -q 6001 /etc/nftables.d/portfwd.nft && echo yes'
  check 'no unit has failed' nothing sh -c 'systemctl --failed --no-legend | grep . || echo nothing'

  in_file "$MAIN"
  tried 'reboot in the window'
  change 900
  check 'loaded' '6000 ' listens
  connections_to main >/root/connections
  exit 77
  ;;
2)
  tried 'reboot in the window'
  # Without a network manager, nothing that starts at boot waits for it.
  becomes 'portfwd.service is active' active systemctl is-active portfwd.service
  check 'the change is gone' '6000 6001 ' listens
  check 'status says so' reverted sh -c 'portfwd status | grep -o ^reverted'
  tried 'reboot, nftables.service disabled'
  check 'nftables.service' inactive systemctl is-active nftables
  check 'the forwards are loaded before their interfaces exist' 1 routing
  check 'the counted connections are still there' "$(cat /root/connections)" connections_to main
  check '127.0.0.1 is closed without its interface' no-such-interface sh -c 'cat /proc/sys/net/ipv4/conf/lan0/route_localnet 2>/dev/null || echo no-such-interface'
  network
  tried 'late interface'
  becomes 'route_localnet of the new interface' 1 cat /proc/sys/net/ipv4/conf/lan0/route_localnet
  everywhere 'late interface'
  tried 'restart, reload, stop and start of nftables.service, disabled'
  portfwd_says apply
  systemctl start nftables
  firewall_restarts 'disabled'

  echo "$FILTER" >/etc/nftables.conf
  systemctl enable nftables 2>/dev/null
  tried 'power loss in the window'
  in_file "$MAIN" "$MORE"
  change 900
  check 'loaded' '6000 6001 ' listens
  connections_to main >/root/connections
  sync /root/connections
  : >/run/power-loss
  exit 77
  ;;
3)
  tried 'power loss in the window'
  # Without a network manager, nothing that starts at boot waits for it.
  becomes 'portfwd.service is active' active systemctl is-active portfwd.service
  check 'the change is gone' '6000 ' listens
  check 'status says so' reverted sh -c 'portfwd status | grep -o ^reverted'
  check 'the connections that apply wrote down are still counted' "$(cat /root/connections)" connections_to main
  in_file "$MAIN"
  tried 'reboot, nftables.service enabled with a filter'
  check 'nftables.service' active systemctl is-active nftables
  check 'both tables are loaded' 2 sh -c 'nft list tables | grep -c -e "inet filter" -e "inet portfwd$"'
  network
  everywhere 'boot'
  tried 'restart, reload, stop and start of nftables.service, enabled'
  firewall_restarts 'enabled'

  tried 'a boot file that was edited by hand'
  echo '# mine' >>/etc/nftables.d/portfwd.nft
  command=$(portfwd status | sed -n 's/.*if it is not needed, run: \(.*\); then run: portfwd enable$/\1/p')
  check 'enable refuses' 3 status_code enable
  $command
  check 'after the command that status prints, enable succeeds' 0 status_code enable
  check 'status' 'boot: enabled' portfwd status

  tried 'disable, down --purge'
  portfwd_says disable
  forwards_work 'disable'
  check 'disable: no unit without a file' inactive systemctl is-active portfwd.service
  portfwd_says enable
  # With a filter for forwarded packets, routing would stay on.
  nft delete table inet filter
  portfwd_says down --purge
  check 'routing is off' 0 routing
  check 'no table' nothing sh -c 'nft list tables | grep portfwd || echo nothing'
  check 'no unit' nothing sh -c 'systemctl list-units --all --no-legend "portfwd*" | grep . || echo nothing'
  check 'no private directory' nothing sh -c 'ls -d /tmp/*portfwd* /var/tmp/*portfwd* 2>/dev/null | grep . || echo nothing'
  check 'no file but the model' "$FILE" sh -c 'find /etc /run /var/lib -xdev -name "*portfwd*" ! -type d'
  check 'no unit has failed' nothing sh -c 'systemctl --failed --no-legend | grep . || echo nothing'
  systemctl disable --now nftables 2>/dev/null
  ;;
esac
