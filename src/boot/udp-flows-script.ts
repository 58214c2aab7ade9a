import type { UdpListen } from './boot-plan.ts';

/**
 * The part of the script that ends the flows of UDP clients that sent while the forwards were not loaded. The first packet
 * decides on the translation (docs/netfilter.md, fact 14), so these flows would bypass the forwards for as long as the
 * clients send. `apply` ends the same flows (flows/stale.ts). Without conntrack, nothing ends them.
 */
export const udpFlows = (listens: readonly UdpListen[]): string => `
# UDP listens: family, address, ports, "yes" if clients on this host use 127.0.0.1, and the target if it keeps the port.
udp_listens() {
	cat <<'LISTENS'
${listens.map(line).join('\n')}
LISTENS
}
${END_FLOWS}`;

/** A shift of ports makes every flow a translated one, so its target does not matter. */
const line = ({ family, address, first, last, loopback, target }: UdpListen): string =>
  ['listen', family, address ?? '*', first, last, loopback ? 'yes' : 'no', target ?? '-'].join(' ');

const END_FLOWS = String.raw`
udp_flows() {
	for family in ipv4 ipv6; do conntrack -L -f $family -p udp -o extended 2>/dev/null; done
}

# Prints the first words of an awk program that reads a flow of udp_flows.
READ_FLOW='
function read_flow(  i, at, key, side) {
	side = 0; zone = 0; zones = 0
	for (i = 4; i <= NF; i++) {
		at = index($i, "="); key = substr($i, 1, at - 1)
		if (key == "src") side++
		if (key == "zone") zone = substr($i, at + 1)
		if (key ~ /^zone-/) zones = 1
		flow[side, key] = substr($i, at + 1)
	}
	source = flow[1, "src"]; from_port = flow[1, "sport"]
	destination = flow[1, "dst"]; port = flow[1, "dport"]
	return side == 2 && !zones && destination == flow[2, "src"] && port == flow[2, "sport"]
}
'

# Untranslated flows to addresses of this host that a forward would translate: family, address, zone and port, or * for all
# ports: conntrack reads all entries for each line.
missed_flows() {
	{ udp_listens; ip -o address show; udp_flows; } | awk "$READ_FLOW"'
		function check(number) {
			if (near && words[number, "loopback"] != "yes") return
			if (words[number, "target"] == destination) kept = 1
			else missed = 1
		}
		function check_listed(key,  count, list, i) {
			count = split(listed[key], list, " ")
			for (i = 1; i <= count; i++) check(list[i])
		}
		$1 == "listen" {
			listens++
			words[listens, "loopback"] = $6; words[listens, "target"] = $7
			key = $2 " " $3 " " $4
			if ($4 == $5) { listed[key] = listed[key] " " listens; next }
			ranges++
			family[ranges] = $2; address[ranges] = $3; first[ranges] = $4; last[ranges] = $5; number_of[ranges] = listens
			next
		}
		$3 == "inet" || $3 == "inet6" { sub(/\/.*/, "", $4); here[$4] = 1; next }
		!read_flow() || destination == "::1" { next }
		!(destination in here) && destination !~ /^127\./ { next }
		{
			near = (source " " destination) ~ /(^| )(127\.|fe[89ab].:)/
			kept = missed = 0
			check_listed($1 " * " port)
			check_listed($1 " " destination " " port)
			for (i = 1; i <= ranges; i++)
				if ($1 == family[i] && port >= first[i] + 0 && port <= last[i] + 0 && (address[i] == "*" || address[i] == destination))
					check(number_of[i])
			place = $1 " " destination " " zone
			if (!missed || kept) { others[place] = 1; next }
			if ((place, port) in found) next
			found[place, port] = 1
			lines[++count] = port; place_of[count] = place; ports[place]++
		}
		END {
			for (i = 1; i <= count; i++) {
				place = place_of[i]
				if (ports[place] <= 64 || place in others) print place, lines[i]
				else if (!done[place]++) print place, "*"
			}
		}
	'
}

# An answer of this host that was on its way begins a flow in the other direction, which is never translated.
answers_to() {
	{ printf '%s\n' "$1" | sed 's/^/ended /'; udp_flows; } | awk "$READ_FLOW"'
		$1 == "ended" { sub(/^ended /, ""); if (read_flow()) ended[destination, port, source, from_port] = 1; next }
		read_flow() && (source, from_port, destination, port) in ended {
			print ($1 ~ /4/ ? "ipv4" : "ipv6"), source, from_port, destination, port, zone
		}
	'
}

# Takes lines of arguments, and prints the entries that it deleted.
delete_flows() {
	for try in 1 2 3 4; do
		printf '%s\n' "$1" | conntrack -R - 2>/dev/null
		case $? in
		0) return 0 ;;
		2) break ;; # before version 1.4.7
		# An entry that ends by itself meanwhile is an error, and the lines after it are not read.
		esac
	done
	printf '%s\n' "$1" | while read -r words; do conntrack $words 2>/dev/null; done
	return 0
}

end_missed_flows() {
	command -v conntrack >/dev/null && command -v ip >/dev/null || return 0
	missed=$(missed_flows)
	[ -n "$missed" ] || return 0
	ended=$(delete_flows "$(printf '%s\n' "$missed" | while read -r family address zone port; do
		ports=
		[ "$port" = '*' ] || ports="--orig-port-dst $port --reply-port-src $port"
		echo "-D -f $family -p udp -w $zone --orig-dst $address --reply-src $address $ports"
	done)")
	[ -n "$ended" ] || return 0
	echo "portfwd: ended UDP flows that began while the forwards were not loaded: $(printf '%s\n' "$ended" | wc -l)"
	quiet=0
	for round in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
		answers=$(answers_to "$ended")
		if [ -z "$answers" ]; then
			quiet=$((quiet + 1))
			[ $quiet -lt 4 ] || return 0
			sleep 0.02
			continue
		fi
		quiet=0
		delete_flows "$(printf '%s\n' "$answers" | while read -r family address port client client_port zone; do
			echo "-D -f $family -p udp -w $zone --orig-src $address --orig-port-src $port --orig-dst $client --orig-port-dst $client_port"
		done)" >/dev/null
	done
	return 0
}
`;
