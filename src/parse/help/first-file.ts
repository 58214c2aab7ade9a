/** What `init` writes. `schema` is the path of the JSON Schema, for editors with the YAML language server. */
export const firstFile = (schema: string): string => `# yaml-language-server: $schema=${schema}
#
# Forwards: which ports of this host are forwarded, and where.
# After a change, run: portfwd apply
# All keys: portfwd help model, or man portfwd.yaml

version: 1

# If a target is another host, this host must route (net.ipv4.ip_forward). With "enable", portfwd turns that on
# for its forwards only.
# forwarding: enable

forwards:
  # An example. It is switched off: change it and remove the line "enabled", or remove it.
  - name: example
    listen: 6000 # a port of every address of this host
    target: 192.168.0.2:5000
    enabled: false

  # In one line: LISTEN:TARGET[/PROTOCOL]
  # - "6000:192.168.0.2:5000"

  # UDP and TCP, on one address of this host; the port stays the same
  # - name: dns
  #   protocol: [tcp, udp]
  #   listen: 203.0.113.1:53
  #   target: 10.0.0.53

  # Only some clients
  # - name: office
  #   listen: 8443
  #   target: 10.0.0.7:443
  #   from: 198.51.100.0/24

  # A service of this host that listens on 127.0.0.1 only
  # - name: local
  #   listen: 8080
  #   target: 127.0.0.1:3000
  #   loopback: true
`;
