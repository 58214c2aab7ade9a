#!/bin/sh
# The packet scenarios of the project, on this kernel and with this nft.
tried 'packet scenarios'
modprobe br_netfilter
mkdir -p /vm/upper /vm/work /vm/tree
mount -t tmpfs tmpfs /vm/upper
mkdir /vm/upper/files /vm/upper/work
mount -t overlay -o lowerdir=/vm/data/tree,upperdir=/vm/upper/files,workdir=/vm/upper/work overlay /vm/tree
install
cd /vm/tree || exit
status=0
CI=true NO_COLOR=1 scripts/in-lab node node_modules/vitest/vitest.mjs run --project packet --reporter verbose \
  test/packet/scenarios/scenarios.test.ts test/packet/scenarios/features.test.ts test/packet/scenarios/listen-interface.test.ts \
  >/root/scenarios 2>&1 || status=$?
sed -n 's/^ *✓ [^>]*> \(.*\)/ok    \1/p; s/^ *[×x] [^>]*> \(.*\)/FAIL  \1/p' /root/scenarios
check 'the tests ended without a failure' 0 echo "$status"
[ "$status" = 0 ] || tail -n 40 /root/scenarios
cd /
umount /vm/tree /vm/upper
