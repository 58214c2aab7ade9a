#!/bin/sh
# Some of the packet scenarios of the project, on this kernel and with this nft.
tried 'packet scenarios'
modprobe br_netfilter
mkdir -p /vm/upper /vm/work /vm/tree
mount -t tmpfs tmpfs /vm/upper
mkdir /vm/upper/files /vm/upper/work
mount -t overlay -o lowerdir=/vm/data/tree,upperdir=/vm/upper/files,workdir=/vm/upper/work overlay /vm/tree
install
cd /vm/tree || exit
CI=true NO_COLOR=1 scripts/in-lab node node_modules/vitest/vitest.mjs run --project packet --reporter verbose test/packet/scenarios/scenarios.test.ts \
  -t 'another host, from outside|hairpin|shifted|through|local service, from outside' >/root/scenarios 2>&1
sed -n 's/^ *✓ .*scenarios.test.ts > \(.*[)]\).*/ok    \1/p; s/^ *[×x] .*scenarios.test.ts > \(.*[)]\).*/FAIL  \1/p' /root/scenarios
check 'the tests ran to their end' '*Duration*' sh -c 'grep Duration /root/scenarios || tail -n 5 /root/scenarios'
cd /
umount /vm/tree /vm/upper
