#!/bin/sh
# portfwd beside a real Docker: portfwd before Docker, Docker before portfwd, a boot, restarts of the firewall and of Docker,
# enable, disable and down.
from_container() { timeout 30 docker exec web nc -w 4 198.51.100.2 7000 </dev/null | grep . || echo nothing; }

container() {
  mkdir -p /root/image/bin
  cp /bin/busybox /root/image/bin/busybox
  for name in sh nc sleep echo; do ln -sf busybox /root/image/bin/$name; done
  tar -C /root/image -c . | docker import - small >/dev/null
  # The profile would need apparmor_parser.
  docker run -d --security-opt apparmor=unconfined --restart=always --name web -p 8080:80 small /bin/sh -c 'while :; do echo CONTAINER | nc -l -p 80; done' >/dev/null
}

containers_work() {
  becomes "$1: the container reaches outside" 'OUTSIDE sees 198.51.100.1' from_container
  becomes "$1: outside reaches the published port" CONTAINER from outside tcp 198.51.100.1 8080
}
# If Docker turned routing on itself, there is no guard, and Docker 26 leaves a published container open to its own address.
docker_works() {
  containers_work "$1"
  check "$1: outside does not reach the container directly" nothing from outside tcp 172.17.0.2 80
}
case $STEP in
1)
  install
  in_file '"6000:192.168.0.2:5000"'
  systemctl enable --now nftables 2>/dev/null
  systemctl stop docker docker.socket 2>/dev/null
  nft flush ruleset
  echo 0 >/proc/sys/net/ipv4/ip_forward
  network

  tried 'Docker: without enable, the firewall is flushed'
  portfwd_says apply
  forwards_work 'apply'
  check 'apply: the watch is active' active systemctl is-active portfwd-guard.service
  systemctl reload nftables
  closes 'reload of nftables'
  portfwd_says apply
  systemctl restart nftables
  closes 'restart of nftables'

  tried 'Docker: portfwd before docker'
  portfwd_says apply
  systemctl start docker
  container
  iptables-save | sed 's/^/      /'
  forwards_work 'before docker'
  docker_works 'before docker'
  systemctl restart docker
  forwards_work 'docker restarted'
  docker_works 'docker restarted'
  portfwd_says status

  tried 'Docker: enable, disable'
  portfwd_says enable
  check 'enable: the service is active' active systemctl is-active portfwd.service
  check 'enable: the watch has ended' inactive systemctl is-active portfwd-guard.service
  portfwd_says disable
  check 'disable: the watch is active' active systemctl is-active portfwd-guard.service
  forwards_work 'disabled'
  systemctl reload nftables
  closes 'disabled, reload of nftables'
  portfwd_says apply
  portfwd_says enable
  systemctl enable docker 2>/dev/null
  exit 77
  ;;
2)
  network
  tried 'Docker: boot: portfwd before docker'
  check 'boot: routing is on' 1 routing
  forwards_work 'boot'
  docker_works 'boot'

  tried 'Docker: the firewall restarts'
  systemctl restart nftables
  forwards_work 'restart of nftables'
  systemctl restart docker
  docker_works 'restart of nftables and docker'
  systemctl stop nftables
  closes 'stop of nftables'
  systemctl start nftables
  forwards_work 'start of nftables'
  systemctl restart docker

  tried 'Docker: the service stops, beside docker'
  systemctl stop portfwd
  check 'stop of portfwd: routing stays on' 1 routing
  docker_works 'stop of portfwd'
  check 'stop of portfwd: outside does not reach the target directly' nothing from outside tcp 192.168.0.2 5000
  systemctl start portfwd
  forwards_work 'start of portfwd'
  docker_works 'start of portfwd'
  check 'start of portfwd: one table of portfwd' 'table inet portfwd' sh -c 'nft list tables | grep portfwd'
  systemctl stop portfwd
  systemctl stop nftables
  closes 'stop of portfwd, then of nftables'
  systemctl start nftables
  forwards_work 'start of nftables after that'
  systemctl restart docker

  tried 'Docker: down, beside docker'
  portfwd_says down
  nft list tables | sed 's/^/      /'
  docker_works 'down'
  check 'down: outside does not reach the target directly' nothing from outside tcp 192.168.0.2 5000
  portfwd_says apply
  forwards_work 'apply after down'
  docker_works 'apply after down'

  tried 'Docker: docker before portfwd'
  systemctl stop docker docker.socket
  nft flush ruleset
  portfwd_says down --purge
  check 'no program needs routing: it is off' 0 routing
  systemctl start docker
  portfwd_says apply
  iptables -I DOCKER-USER -m conntrack --ctstate DNAT -j ACCEPT
  becomes 'docker first: outside reaches the target through the forward' 'TARGET sees 198.51.100.2' from outside tcp 198.51.100.1 6000
  containers_work 'docker first'
  portfwd_says down
  containers_work 'docker first, down'
  systemctl disable --now docker docker.socket nftables 2>/dev/null
  portfwd_says down --purge
  nft flush ruleset
  ;;
esac
