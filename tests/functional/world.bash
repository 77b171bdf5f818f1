# SPDX-License-Identifier: Apache-2.0
# What tests of networks share: a machine beyond this host, which is a network namespace.

WORLD=10.99.0.2 # that machine
HOST=10.99.0.1  # this host, as that machine sees it

PLUGINS=$BUILD/libexec/net
REFERENCE=/usr/lib/cni # those of the CNI project

# make_world, end_world: for setup_file and teardown_file. A server on port 8000 of the machine says who calls.
make_world() {
	connect_world
	ip netns exec world "$BATS_TEST_DIRNAME/who-server" 8000 3>&- &
	echo $! >"$BATS_FILE_TMPDIR/server"
	wait_until call "$WORLD" 8000
}

# The machine alone, without its server.
connect_world() {
	ip netns add world
	ip link add world0 type veth peer name eth0 netns world
	ip addr add "$HOST/24" dev world0
	ip link set world0 up
	ip -n world addr add "$WORLD/24" dev eth0
	ip -n world link set eth0 up
	ip -n world link set lo up
}

end_world() {
	kill "$(<"$BATS_FILE_TMPDIR/server")"
	ip netns delete world
}

in_world() {
	ip netns exec world "$@"
}

# call ADDRESS PORT: what a server says.
call() {
	timeout 5 bash -c "exec 3<>/dev/tcp/$1/$2 && cat <&3" 2>/dev/null
}

# call_from_world ADDRESS PORT
call_from_world() {
	in_world timeout 5 bash -c "exec 3<>/dev/tcp/$1/$2 && cat <&3" 2>/dev/null
}

# The host's side of what networks leave behind: interfaces, names of namespaces, leases, rules.
host_state() {
	ls /run/netns
	ip -o link | awk -F': ' '{ print $2 }' | sed 's/@.*//' | sort
	find /var/lib/cni -type f ! -name lock ! -name 'last_reserved_ip.*'
	nft list ruleset
}

# host_is_as STATE: what is taken down with a namespace goes a little later.
host_is_as() {
	[ "$(host_state)" = "$1" ]
}

# expect_host_as STATE: the host is as it was, soon.
expect_host_as() {
	wait_until host_is_as "$1" >/dev/null || {
		echo "the host is not as it was:"
		diff <(echo "$1") <(host_state)
		return 1
	}
}

# For teardown: the next test begins with the built-in networks alone, and no pods.
collect_pods() {
	rkt gc --grace-period=0s >/dev/null 2>&1
	rm -rf "$RKT_CONFIG/net.d"
}

# The network namespaces "plug...", which stand for containers of other runtimes.
delete_containers() {
	local name
	for name in $(ip netns list | awk '$1 ~ /^plug/ { print $1 }'); do
		ip netns delete "$name"
	done
}

# network FILE JSON: a configuration of the administrator's.
network() {
	mkdir -p "$RKT_CONFIG/net.d"
	echo "$2" >"$RKT_CONFIG/net.d/$1"
}

# cni DIRECTORY TYPE COMMAND NAMESPACE JSON: what a runtime does. ID is the container's, IF its interface.
cni() {
	env -i PATH="$PATH" CNI_COMMAND="$3" CNI_CONTAINERID="${ID:-c1}" CNI_NETNS="/run/netns/$4" CNI_IFNAME="${IF:-eth0}" CNI_PATH="$1" \
		"$1/$2" <<<"$5"
}

# with JSON FILTER: the configuration with something more.
with() {
	jq -c "$2" <<<"$1"
}

# chain PREVIOUS JSON: a configuration with the result of the plugin before it.
chain() {
	jq -c --argjson p "$1" '. + {prevResult: $p}' <<<"$2"
}
