#!/bin/sh
# The units of docs/monitoring, and trace, try and top on a booted system.
TEXTFILE=/var/lib/prometheus/node-exporter/portfwd.prom
URL=http://127.0.0.1:9555/metrics

scrape() { busybox wget -q -O - $URL; }
# The value of a metric, without labels or of the forward `main`.
value() { # COMMAND NAME
  $1 | sed -n "s/^portfwd_$2\({forward=\"main\"}\)\{0,1\} //p"
}
counted() { portfwd stats --json main | grep -o '"received":{[^}]*"bytes":[0-9]*' | grep -o '[0-9]*$'; }
both_count() { # the unit and stats agree
  [ "$(value scrape forward_received_bytes_total)" = "$(counted)" ] && echo alike
}
written() { cat $TEXTFILE; }
# What a unit wrote to the journal, apart from the lines of systemd.
said_by() { journalctl -q -b -o cat -u "$1" SYSLOG_IDENTIFIER=portfwd | grep . || echo nothing; }
exposure() { systemd-analyze security "$1" --no-pager | tail -n 1; }

case $STEP in
1)
  install
  network
  in_file '{ name: main, protocol: [tcp, udp], listen: 6000, target: "192.168.0.2:5000" }'
  portfwd_says apply
  portfwd_says enable
  forwards_work 'apply'
  cp /vm/data/monitoring/*.service /vm/data/monitoring/*.timer /etc/systemd/system/
  systemctl daemon-reload

  tried 'metrics: the service'
  systemctl enable --now portfwd-metrics 2>/dev/null
  becomes 'it serves' 1 value scrape up
  for name in table_loaded in_sync config_valid forwards_loaded; do check "$name" 1 value scrape $name; done
  check 'warnings' 0 value scrape forward_warnings
  check 'the values are those of stats' alike both_count
  forwards_work 'it runs'
  check 'they are after more connections' alike both_count
  check 'the file with the counters belongs to root' '600 root' stat -c '%a %U' /var/lib/portfwd/counters.json
  nft 'table inet deny { chain forwarding { type filter hook forward priority 0; policy drop; }; }'
  check 'a firewall that drops it is a warning' 1 value scrape forward_warnings
  nft delete table inet deny
  nft delete table inet portfwd
  check 'the table is gone' 0 value scrape table_loaded
  portfwd_says apply
  check 'the table is back' 1 value scrape table_loaded
  check 'exposure of the unit' '*OK*' exposure portfwd-metrics.service
  check 'not from outside' nothing from outside tcp 198.51.100.1 9555
  kill -9 "$(systemctl show -P MainPID portfwd-metrics 2>/dev/null || systemctl show -p MainPID --value portfwd-metrics)"
  becomes 'killed, it starts again' 1 value scrape up
  check 'it only said where it serves' "portfwd: serving $URL" said_by portfwd-metrics

  tried 'metrics: the timer'
  mkdir -p ${TEXTFILE%/*}
  chown 65534:65534 ${TEXTFILE%/*}
  systemctl enable --now portfwd-textfile.timer 2>/dev/null
  becomes 'the file is there' 1 value written up
  check 'its mode' '644 root' stat -c '%a %U' $TEXTFILE
  touch -d '1 hour ago' $TEXTFILE
  becomes 'it is replaced' 0 sh -c "find $TEXTFILE -mmin +30 | wc -l"
  check 'the values are those of stats' "$(counted)" value written forward_received_bytes_total
  check 'nothing else is in the directory' portfwd.prom ls -A ${TEXTFILE%/*}
  check 'exposure of the unit' '*OK*' exposure portfwd-textfile.service
  systemctl stop portfwd-textfile.timer
  check 'it said nothing' nothing said_by portfwd-textfile
  rm -r /var/lib/prometheus
  check 'without the directory, the unit fails' 1 sh -c 'systemctl start portfwd-textfile 2>/dev/null; echo $?'
  systemctl reset-failed portfwd-textfile
  mkdir -p ${TEXTFILE%/*}
  systemctl start portfwd-textfile.timer

  tried 'trace'
  portfwd trace main --count 1 --seconds 250 >/root/traced 2>&1 &
  becomes 'it is active' '*pf_trace*' sh -c 'nft list tables | grep pf_trace'
  from outside tcp 198.51.100.1 6000 >/dev/null
  becomes 'a connection is answered' '*verdict: answered: main*' cat /root/traced
  becomes 'no table is left' nothing sh -c 'nft list tables | grep pf_trace || echo nothing'
  portfwd trace main --seconds 250 >/root/traced 2>&1 &
  becomes 'it is active again' '*pf_trace*' sh -c 'nft list tables | grep pf_trace'
  kill -9 "$(pgrep -f 'portfwd trac[e]' | head -n 1)"
  becomes 'killed: no table is left' nothing sh -c 'nft list tables | grep pf_trace || echo nothing'
  becomes 'killed: no process is left' nothing sh -c 'pgrep -f "monitor trac[e]" || echo nothing'

  tried 'try, as a normal user'
  cp "$FILE" /tmp/forwards.yaml
  check 'every connection is as expected' '*of * connections went as expected' \
    setpriv --reuid 65534 --regid 65534 --clear-groups env HOME=/tmp portfwd try /tmp/forwards.yaml
  becomes 'no process is left' nothing sh -c 'pgrep -f "try-agen[t]" || echo nothing'

  tried 'top'
  mkdir -p /root/.ssh
  ssh-keygen -q -t ed25519 -N '' -f /root/.ssh/id_ed25519
  cp /root/.ssh/id_ed25519.pub /root/.ssh/authorized_keys
  printf 'StrictHostKeyChecking no\nUserKnownHostsFile /dev/null\nLogLevel ERROR\n' >/root/.ssh/config
  (sleep 600 | TERM=xterm ssh -tt root@127.0.0.1 'PATH=/usr/local/bin:$PATH portfwd top' >/root/screen 2>&1 &)
  becomes 'it draws' '*main*' sh -c 'tr "\033" "\n" </root/screen | grep main | tail -n 1'
  pkill -f 'ssh -t[t] root'
  becomes 'the connection ends: it ends' nothing sh -c 'pgrep -f "portfwd to[p]" || echo nothing'
  check 'no unit has failed' nothing sh -c 'systemctl --failed --no-legend | grep . || echo nothing'
  counted >/root/counted
  exit 77
  ;;
2)
  tried 'metrics: boot'
  becomes 'the service serves' 1 value scrape up
  check 'what was counted before is in the values' "$(cat /root/counted)" value scrape forward_received_bytes_total
  becomes 'the timer writes' 1 value written up
  network
  forwards_work 'boot'
  check 'the values are those of stats' alike both_count
  systemctl stop portfwd-metrics portfwd-textfile.timer
  check 'stopped: no process is left' nothing sh -c 'pgrep -f "portfwd metric[s]" || echo nothing'
  check 'no unit has failed' nothing sh -c 'systemctl --failed --no-legend | grep . || echo nothing'
  ;;
esac
