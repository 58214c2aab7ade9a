#!/bin/sh
# Every ruleset of rulesets/ on this kernel with this nft, and a long one.

after() { # FILE COMMANDS OF NFT…
  file=/root/$1
  shift
  # shellcheck disable=SC2016 # expanded inside
  unshare -n sh -c 'for load; do nft $load || exit; done; nft list ruleset' sh "$@" >"$file" 2>&1
}

loads() { # DIRECTORY
  json="-j -f $1/ruleset.json" text="-f $1/ruleset.nft"
  after json "$json"
  after text "$text"
  after json-twice "$json" "$json"
  after text-twice "$text" "$text"
  if ! grep -q 'table inet portfwd' /root/json; then
    head -n 1 /root/json
    return
  fi
  for way in text json-twice text-twice; do
    if ! cmp -s /root/json "/root/$way"; then
      echo "$way: $(diff /root/json "/root/$way" | sed -n 2p)"
      return
    fi
  done
  echo alike
}

# Seconds of CPU: of the program, and of the kernel in its system calls.
cpu_time() { # COMMAND…
  python3 -c 'import resource, subprocess, sys
status = subprocess.call(sys.argv[1:], stdout=open("/root/said", "w"), stderr=subprocess.STDOUT)
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print("%.1f s user, %.1f s system, exit %d" % (used.ru_utime, used.ru_stime, status))' "$@"
}

install
tried 'rulesets: JSON and text load, alike, twice'
for directory in /vm/data/rulesets/*; do check "${directory##*/}" alike loads "$directory"; done

tried '10 000 forwards'
{
  printf 'version: 1\nforwarding: enable\nforwards:\n'
  seq 0 9999 | awk '{ printf "- %d:10.%d.%d.%d\n", 10001 + $1, $1 / 65536, $1 / 256 % 256, $1 % 256 }'
} >/root/long.yaml
portfwd compile --format json /root/long.yaml >/root/long.json 2>/root/said
echo "      nft alone: $(cpu_time unshare -n nft -j -f /root/long.json)"
echo "      apply: $(cpu_time portfwd apply /root/long.yaml)"
check 'apply' '+10000 ~0 -0, 0 unchanged' tail -n 1 /root/said
echo "      status: $(cpu_time portfwd status /root/long.yaml)"
check 'status' 'in sync*' grep 'in sync' /root/said
portfwd_says down
