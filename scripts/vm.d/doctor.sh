#!/bin/sh
# `portfwd doctor` beside the real Docker, ufw and firewalld: no false alarm where the forwards work, and the right cause
# first where they do not. The command that it prints is run, and the forward works then.

container() {
  mkdir -p /root/image/bin
  cp /bin/busybox /root/image/bin/busybox
  for name in sh nc sleep echo; do ln -sf busybox /root/image/bin/$name; done
  tar -C /root/image -c . | docker import - small >/dev/null
  # The profile would need apparmor_parser.
  docker run -d --security-opt apparmor=unconfined --name web -p 8080:80 small /bin/sh -c \
    '(while :; do echo OTHER | nc -l -p 81; done) & while :; do echo CONTAINER | nc -l -p 80; done' >/dev/null
}

MAIN='{ name: main, protocol: [tcp, udp], listen: 6000, target: "192.168.0.2:5000" }'
OFF='{ name: off, listen: 6001, target: "192.168.0.77:5000" }'
CLOSED='{ name: closed, listen: 6002, target: "192.168.0.2:5999" }'
OWN='{ name: own, listen: "198.51.100.1:6003", target: "192.168.0.1:5001" }'

install
network
python3 /root/serve.py OWN 192.168.0.1 5001 >/dev/null 2>&1 &

tried 'doctor: Docker drops what is forwarded'
systemctl start docker
container
in_file "$MAIN" "$OFF" "$CLOSED" "$OWN" '{ name: published, listen: 6004, target: "172.17.0.2:80" }' '{ name: inside, listen: 6005, target: "172.17.0.2:81" }'
portfwd_says apply
asks 'the container answers at its own port' CONTAINER 8080
gone 'Docker drops the packets of main' 6000
fix_first 'behind Docker' main dropped
asks 'main works then' 'TARGET sees 198.51.100.2' 6000
gone 'Docker drops the packets for a port of the container' 6005
fix_first 'behind Docker' inside dropped
asks 'inside works then' OTHER 6005
asks 'a forward to a published port works' CONTAINER 6004
sound 'beside Docker' main published inside own
check 'beside Docker: a target that is off' dropped first off
check 'beside Docker: and then that the target is off' neighbour-silent fault off
iptables -I DOCKER-USER -m conntrack --ctstate DNAT -j ACCEPT
check 'beside Docker that lets everything through: a target that is off' neighbour-silent first off
check 'beside Docker: a port where nothing listens' port-refused first closed
docker stop -t 1 web >/dev/null
check 'a container that was stopped' target-link-down first published
sed -n 1,4p /root/doctor | sed 's/^/      /'
docker start web >/dev/null
asks 'the container answers again' CONTAINER 6004
sound 'the container was started again' published
systemctl stop docker docker.socket
nft flush ruleset
ip link set docker0 down

tried 'doctor: ufw drops what is forwarded'
in_file "$MAIN" "$OFF" "$CLOSED" "$OWN"
portfwd_says apply
asks 'before ufw' 'TARGET sees 198.51.100.2' 6000
sound 'before ufw' main own
ufw --force enable | sed 's/^/      /'
gone 'ufw drops the packets of main' 6000
fix_first 'behind ufw' main dropped
asks 'main works then' 'TARGET sees 198.51.100.2' 6000
gone 'ufw drops the packets of own' 6003
fix_first 'behind ufw' own dropped
asks 'own works then' 'OWN sees 198.51.100.2' 6003
sound 'beside ufw' main own
ufw reload | sed 's/^/      /'
sound 'ufw was reloaded' main own
ip -n target route del default
# With connections that were answered in the last minutes, it would be a doubt and not a fault.
conntrack -F 2>/dev/null
gone 'the target has no return path' 6000
check 'beside ufw: the target has no return path' clients-unanswered first main
ip -n target route add default via 192.168.0.1
conntrack -F 2>/dev/null
ufw --force disable | sed 's/^/      /'

tried 'doctor: firewalld'
systemctl start firewalld
becomes 'firewalld runs' running firewall-cmd --state
asks 'beside firewalld' 'TARGET sees 198.51.100.2' 6000
sound 'beside firewalld' main own
check 'beside firewalld: a target that is off' neighbour-silent first off
check 'beside firewalld: a port where nothing listens' port-refused first closed
firewall-cmd --panic-on | sed 's/^/      /'
gone 'firewalld drops everything' 6000
fix_first 'firewalld drops everything' main dropped-before
asks 'main works then' 'TARGET sees 198.51.100.2' 6000
# Since firewalld 2.3.
if grep -q '^StrictForwardPorts=' /etc/firewalld/firewalld.conf; then
  sed -i 's/^StrictForwardPorts=.*/StrictForwardPorts=yes/' /etc/firewalld/firewalld.conf
  systemctl restart firewalld
  becomes 'firewalld runs' running firewall-cmd --state
  gone 'strict mode drops the forwards' 6000
  fix_first 'strict mode' main dropped
  asks 'main works then' 'TARGET sees 198.51.100.2' 6000
fi
sound 'beside firewalld, at the end' main own
systemctl stop firewalld
portfwd_says down --purge
