#!/bin/sh
# The .deb under systemd: what the service does while the package is upgraded, removed and purged.
MAIN='{ name: main, protocol: [tcp, udp], listen: 6000, target: "192.168.0.2:5000" }'

apt() { apt-get -q -y -o APT::Install-Recommends=false "$@" 2>&1 | tail -n 1 | sed 's/^/      /'; }
version() { dpkg-query -W -f '${db:Status-Abbrev}${Version}\n' portfwd; }
service() { systemctl is-active portfwd.service; }
tables() { nft list tables | grep portfwd || echo nothing; }
failed_units() { systemctl --failed --no-legend | grep . || echo nothing; }

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
