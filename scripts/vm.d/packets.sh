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
# Each result is printed at once: all of them take an emulated machine a quarter of an hour.
{
  CI=true NO_COLOR=1 scripts/in-lab node node_modules/vitest/vitest.mjs run --project packet --reporter verbose \
    test/packet/scenarios/scenarios.test.ts test/packet/scenarios/features.test.ts test/packet/scenarios/listen-interface.test.ts 2>&1
  echo $? >/root/status
} | tee /root/scenarios | sed -un 's/^ *✓ [^>]*> \(.*\)/ok    \1/p; s/^ *[×x] [^>]*> \(.*\)/FAIL  \1/p'
check 'the tests ended without a failure' 0 cat /root/status
[ "$(cat /root/status)" = 0 ] || tail -n 40 /root/scenarios
cd /
umount /vm/tree /vm/upper
