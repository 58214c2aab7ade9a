#!/bin/sh
# The .deb under systemd: what the service does while the package is upgraded, removed and purged.
MAIN='{ name: main, protocol: [tcp, udp], listen: 6000, target: "192.168.0.2:5000" }'

apt() { apt-get -q -y -o APT::Install-Recommends=false "$@" 2>&1 | tail -n 1 | sed 's/^/      /'; }
version() { dpkg-query -W -f '${db:Status-Abbrev}${Version}\n' portfwd; }
service() { systemctl is-active portfwd.service; }
tables() { nft list tables | grep portfwd || echo nothing; }
failed_units() { systemctl --failed --no-legend | grep . || echo nothing; }

# The block of docs/automation.md that has this line.
unit() { # LINE
  awk -v line="$1" '/^```ini/ { text = ""; inside = 1; next } /^```/ { if (inside && index(text, line)) print text; inside = 0 } inside { text = text $0 "\n" }' /vm/data/automation.md
}

left_over() {
  find / -xdev \( -path /vm -o -path /var/lib/dpkg -o -path /var/cache -o -path /var/log -o -path /var/tmp -o -path /tmp \) -prune \
    -o -name '*portfwd*' -print | grep . || echo nothing
}

if ! command -v nodejs >/dev/null; then
  echo '      no Node that is new enough'
  exit 0
fi

case $STEP in
1)
  # What an earlier part installed.
  [ ! -e /opt/portfwd ] || { portfwd_says down --purge && rm -rf /opt/portfwd /usr/local/bin/portfwd; }
  rm -rf /etc/portfwd
  network

  tried 'package: install, boot'
  apt install /vm/data/older.deb
  check 'installed' 'ii *0.0.1' version
  in_file "$MAIN"
  portfwd_says apply
  portfwd_says enable
  forwards_work 'installed'
  exit 77
  ;;
2)
  tried 'package: install, boot'
  becomes 'the boot starts the service' active service
  network
  forwards_work 'after the boot'

  check 'the journal has the service' yes sh -c 'journalctl -q -b -u portfwd | grep -q Finished && echo yes'

  tried 'systemd: apply when the file changes'
  unit '[Path]' >/etc/systemd/system/portfwd-apply.path
  unit 'Type=oneshot' >/etc/systemd/system/portfwd-apply.service
  systemctl daemon-reload
  systemctl enable --now portfwd-apply.path 2>/dev/null
  in_file "$MAIN" '{ name: other, listen: 6001, target: "192.168.0.2:5000" }'
  becomes 'a forward is added' '6000 6001 ' listens
  # systemd does not start it again for a change while it runs.
  becomes 'the service has ended' inactive systemctl is-active portfwd-apply.service
  mkdir /etc/portfwd/portfwd.d
  echo 'forwards: ["6002:192.168.0.2:5000"]' >/etc/portfwd/portfwd.d/more.yaml
  becomes 'a file is added' '6000 6001 6002 ' listens
  becomes 'the service has ended then' inactive systemctl is-active portfwd-apply.service
  echo 'forwards: [6003]' >/etc/portfwd/portfwd.d/more.yaml
  becomes 'a file with errors: the service fails' failed systemctl is-active portfwd-apply.service
  check 'its journal has the file and the line' yes sh -c 'journalctl -q -b -o cat -u portfwd-apply | grep -q "more.yaml:1:" && echo yes'
  check 'nothing changes' '6000 6001 6002 ' listens
  rm -r /etc/portfwd/portfwd.d
  in_file "$MAIN"
  becomes 'forwards are removed' '6000 ' listens
  becomes 'the service has ended again' inactive systemctl is-active portfwd-apply.service
  systemctl disable --now portfwd-apply.path 2>/dev/null
  rm /etc/systemd/system/portfwd-apply.*
  systemctl daemon-reload

  tried 'package: upgrade'
  nft -s list ruleset >/root/before
  systemctl show -p ActiveEnterTimestampMonotonic portfwd.service >>/root/before
  apt install /vm/data/portfwd.deb
  nft -s list ruleset >/root/after
  systemctl show -p ActiveEnterTimestampMonotonic portfwd.service >>/root/after
  check 'neither the kernel nor the service changes' same sh -c 'diff /root/before /root/after && echo same'
  check 'status' 'boot: enabled' portfwd status
  forwards_work 'upgraded'

  tried 'package: remove'
  apt remove portfwd
  check 'the forwards are removed' nothing tables
  check 'the service is gone' inactive service
  closes 'removed'
  check 'no unit has failed' nothing failed_units
  check 'the file stays' "$FILE" ls "$FILE"

  tried 'package: purge'
  apt install /vm/data/portfwd.deb
  portfwd_says apply
  portfwd_says enable
  forwards_work 'installed again'
  apt purge portfwd
  check 'the forwards are removed' nothing tables
  closes 'purged'
  check 'no file is left' nothing left_over
  check 'no unit has failed' nothing failed_units
  ;;
esac
