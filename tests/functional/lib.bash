# SPDX-License-Identifier: Apache-2.0
# What the functional tests share. Each bats file has a data directory of its own, made in
# setup_file() and filled with the busybox image; a test that needs an untouched one calls
# new_data_dir. All state of rkt is below these directories, and the mounts, network and cgroups
# are those of tests/functional/isolate, so nothing of a test is left on the machine.

bats_require_minimum_version 1.5.0

ROOT=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
BUILD=${RKT_BUILD:-$ROOT/build}
FIXTURES=${RKT_FIXTURES:-$BUILD/fixtures}
RKT=$BUILD/rkt
BUSYBOX=example.com/busybox
TIMEOUT=60
ON_DISK=00000000-0000-0000-0000-000000000000

UUID_PATTERN='^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$'

# --- rkt and its data directory --------------------------------------------------------------

# rkt ARGS...: the program under test, with the data directory of this file or test.
rkt() {
	on_host timeout --kill-after=5 "$TIMEOUT" "$RKT" --dir="$RKT_DATA" --local-config="$RKT_CONFIG" \
		--system-config="$RKT_CONFIG-system" "$@" 3>&-
}

# on_host COMMAND...: runs it where control groups are mounted as RKT_HOST says (see on-cgroups), as "rkt" and
# "start_pod" do.
on_host() {
	${RKT_HOST:+"$BATS_TEST_DIRNAME/on-cgroups" "$RKT_HOST"} "$@"
}

# The same as a list of words, for a process that the test wants to signal or wait for itself.
rkt_command() {
	RKT_COMMAND=(${RKT_HOST:+"$BATS_TEST_DIRNAME/on-cgroups" "$RKT_HOST"} "$RKT" "--dir=$RKT_DATA" "--local-config=$RKT_CONFIG" "--system-config=$RKT_CONFIG-system")
}

# new_data_dir DIR: an empty data directory and configuration from here on.
new_data_dir() {
	export RKT_DATA=$1/data RKT_CONFIG=$1/config
	mkdir -p "$RKT_DATA" "$RKT_CONFIG" "$RKT_CONFIG-system"
}

common_setup_file() {
	new_data_dir "$BATS_FILE_TMPDIR"
	rkt --insecure-options=image fetch "$FIXTURES/busybox.aci" >/dev/null
}

# pod ARGS...: runs one busybox pod, without network unless NET names one; app output without rkt's
# line prefix is in $output, stderr separately in $stderr.
pod() {
	run --separate-stderr rkt run --net="${NET:-none}" "$@"
	plain_output
}

# pod_sh SCRIPT [FLAGS...]: one busybox shell in a pod.
pod_sh() {
	local script=$1
	shift
	pod "$BUSYBOX" --exec=/bin/sh "$@" -- -c "$script"
}

# Takes "[ 12.345678] app[7]: " off each line of $output.
plain_output() {
	output=$(sed -E 's/^\[ *[0-9]+\.[0-9]+\] [^ ]+\[[0-9]+\]: //' <<<"$output")
	mapfile -t lines <<<"$output"
}

# start_pod ARGS...: starts "rkt run" in the background, waits until it runs, and sets POD (its
# UUID) and POD_PID (the process that was started). NET is as for pod.
start_pod() {
	local id_file=$BATS_TEST_TMPDIR/uuid-$RANDOM
	rkt_command
	"${RKT_COMMAND[@]}" run --uuid-file-save="$id_file" --net="${NET:-none}" "$@" \
		>"$BATS_TEST_TMPDIR/pod.out" 2>"$BATS_TEST_TMPDIR/pod.err" 3>&- </dev/null &
	POD_PID=$!
	wait_until test -s "$id_file"
	POD=$(<"$id_file")
	wait_until pod_has_state "$POD" running
	rkt status --wait-ready=10s "$POD" >/dev/null
}

# Starts a pod of one sleeping app.
start_sleeper() {
	start_pod "$@" "$BUSYBOX" --exec=/bin/sleep -- 1000
}

pod_state() {
	rkt status "$1" | sed -n 's/^state=//p'
}

pod_has_state() {
	[ "$(pod_state "$1")" = "$2" ]
}

# wait_for_pod_end: the exit status of the pod that start_pod started, in $status.
wait_for_pod_end() {
	status=0
	wait "$POD_PID" || status=$?
	POD_PID=
}

# listing PID: everything in the root of a process, with its owner, mode, size, time, number of names
# (of files) and device, and extended attributes. Without what the engine mounts.
listing() {
	(
		cd "/proc/$1/root"
		find . \( -path ./proc -o -path ./sys -o -path ./dev -o -path ./var/data \) -prune -o -type d -printf '%p %y %U:%G %m %T@\n' \
			-o -printf '%p %y %U:%G %m %s %T@ %n %l\n' | grep -vE '^\./(etc/(hosts|hostname|resolv.conf) |etc |run |\. | d)|^\. '
		find . \( -path ./proc -o -path ./sys -o -path ./dev \) -prune -o -type f -print0 | sort -z | xargs -0 sha256sum |
			grep -vE '/etc/(hosts|hostname|resolv.conf)$'
		getfattr -R -P -h -d -m - -e hex . 2>/dev/null | grep -vE 'trusted.overlay'
		find . -path ./proc -prune -o \( -type b -o -type c \) ! -path './dev/*' -exec stat -c '%n %t:%T' {} +
	) | LC_ALL=C sort
}

# contents DIR: names, kinds, owners, modes, sizes, times, link counts, targets, contents, attributes and devices.
contents() {
	(
		cd "$1"
		find . -mindepth 1 \( -type d -printf '%p %y %U:%G %m %T@\n' \) -o -printf '%p %y %U:%G %m %s %T@ %n %l\n'
		find . -type f -print0 | sort -z | xargs -0 sha256sum
		getfattr -R -P -h -d -m - -e hex .
		find . \( -type b -o -type c \) -exec stat -c '%n %t:%T' {} +
	) | LC_ALL=C sort
}

# The first app of the pod that start_pod started: its process on the host.
first_app() {
	local first
	first=$(tr -d ' ' <"/proc/$POD_PID/task/$POD_PID/children")
	awk '{print $1}' "/proc/$first/task/$first/children"
}

# prepare_pod ARGS...: sets POD to the UUID of a prepared pod.
prepare_pod() {
	POD=$(rkt prepare "$@")
}

# make_aci FILE JQ_FILTER [DIR]: an ACI of the busybox root, or of DIR, whose manifest is the busybox
# image's with the filter applied.
make_aci() {
	local file=$1 filter=$2 rootfs=${3:-$FIXTURES/rootfs} work
	work=$(mktemp -d "$BATS_TEST_TMPDIR/aci.XXXXXX")
	jq "$filter" "$FIXTURES/manifest" >"$work/manifest"
	tar -cf "$file" --format=posix --numeric-owner -C "$work" manifest \
		-C "$(dirname "$rootfs")" --transform="s,^$(basename "$rootfs"),rootfs,S" "$(basename "$rootfs")"
	rm -rf "$work"
}

# trace_who_sleeps SECONDS: traces all commands "sleep SECONDS", from now on and until the process in "tracer" is ended,
# without taking note of their end: until then they do not end for anybody else either.
trace_who_sleeps() {
	python3 -uc '
import ctypes, glob, sys, time
SEIZE = 0x4206
ptrace = ctypes.CDLL(None).ptrace
print("ready")
while True:
    for file in glob.glob("/proc/[0-9]*/cmdline"):
        try:
            words = open(file, "rb").read().split(b"\0")
            if words[0].endswith(b"sleep") and words[1:2] == [sys.argv[1].encode()]:
                ptrace(SEIZE, int(file.split("/")[2]), None, None)
        except OSError:
            pass
    time.sleep(0.01)' "$1" >"$BATS_TEST_TMPDIR/tracer" 3>&- &
	tracer=$!
	wait_until grep -q ready "$BATS_TEST_TMPDIR/tracer"
}

# A copy of the programs where any user can execute them: the build tree may be somewhere private.
for_everybody() {
	local dir=$BATS_TEST_TMPDIR
	mkdir "$dir/programs"
	cp -R "$RKT" "$BUILD/libexec" "$dir/programs/"
	chmod -R a+rX "$dir/programs"
	while [ "$dir" != "$(dirname "$BATS_RUN_TMPDIR")" ]; do
		chmod a+rx "$dir"
		dir=$(dirname "$dir")
	done
}

# --- assertions --------------------------------------------------------------------------------

# wait_until COMMAND...: until it succeeds, 20 seconds at most. Not longer than the pod lives that
# the test started.
wait_until() {
	local _ pod=${POD_PID:-$$}
	for _ in {1..400}; do
		"$@" && return 0
		sleep 0.05
		[ -d "/proc/$pod" ] || break
	done
	"$@" && return 0
	cat "$BATS_TEST_TMPDIR"/pod.err 2>/dev/null || true
	echo "this did not come true: $*"
	return 1
}

# expect_status N: the last "run" ended with it; shows what was printed otherwise.
expect_status() {
	[ "$status" = "$1" ] || {
		echo "status $status, not $1"
		echo "stdout: $output"
		echo "stderr: ${stderr:-}"
		return 1
	}
}

# expect_equal ACTUAL EXPECTED
expect_equal() {
	[ "$1" = "$2" ] || {
		printf 'found:    %q\nexpected: %q\n' "$1" "$2"
		echo "stderr: ${stderr:-}"
		return 1
	}
}

# expect_match TEXT REGEX
expect_match() {
	[[ $1 =~ $2 ]] || {
		printf 'found: %s\nwhich does not match: %s\n' "$1" "$2"
		return 1
	}
}

# refute_match TEXT REGEX
refute_match() {
	! [[ $1 =~ $2 ]] || {
		printf 'found: %s\nwhich matches: %s\n' "$1" "$2"
		return 1
	}
}

# Whether all images and layers are noted to be on disk, and all checksums of layers, for which rkt-fetch leaves a
# process behind. There has to be one: an empty store is not settled but wrong.
store_is_settled() {
	local marks layer
	marks=$(cat "$RKT_DATA"/cas/{tree,image}/*/info 2>/dev/null | grep '^boot=') && ! grep -qvx "boot=$ON_DISK" <<<"$marks" || return 1
	for layer in "$RKT_DATA"/cas/tree/*; do
		[ -e "$layer/checksum" ] || [ -e "$layer/index" ] || return 1
	done
}

# The name and digest of each file of the data directory, to see whether a failed command left it as
# it was. Locks, times of last use and what was found out about the kernel are no content.
store_content() {
	[ -z "$(ls "$RKT_DATA"/cas/{tree,image} 2>/dev/null | grep -v :)" ] || wait_until store_is_settled
	(cd "$RKT_DATA" && find . \( -path ./pods -o -path ./cas/views \) -prune -o -type f -not -name '*.lock' -not -name view-support -not -path '*/locks/*' -print0 |
		sort -z | xargs -0r sha256sum)
}

# Lets the views go that pods have shared, of the store in use and others of the test, so that they can be moved or removed.
drop_views() {
	local target
	for target in $(findmnt -rno TARGET | grep -E "^($RKT_DATA|$BATS_TEST_TMPDIR/.*)/cas/views$"); do
		umount "$target"
	done
}

# damage_layer LAYER: something of it is not as it came.
damage_layer() {
	local dir=$RKT_DATA/cas/tree/$1
	if [ -e "$dir/tar" ]; then
		printf damage | dd of="$dir/tar" bs=1 seek=200000 conv=notrunc status=none
	else
		echo damage >>"$dir/rootfs/etc/group"
	fi
}

# --- registry ------------------------------------------------------------------------------------

# start_registry [https]: Debian's registry on a free port of loopback, with its storage below the
# file's directory. Sets REGISTRY to host:port and REGISTRY_PID.
start_registry() {
	local dir=$BATS_FILE_TMPDIR/registry port tls=
	mkdir -p "$dir"
	port=$(free_port)
	if [ "${1:-}" = https ]; then
		make_certificate "$dir"
		tls="tls: {certificate: $dir/server.pem, key: $dir/server.key}"
	fi
	cat >"$dir/config.yml" <<-YAML
		version: 0.1
		log: {level: warn}
		storage: {filesystem: {rootdirectory: $dir/data}, delete: {enabled: true}}
		http:
		  addr: 127.0.0.1:$port
		  $tls
	YAML
	docker-registry serve "$dir/config.yml" >"$dir/log" 2>&1 3>&- &
	export REGISTRY_PID=$! REGISTRY=127.0.0.1:$port
	wait_until curl -so "$dir/ping" ${tls:+--cacert "$dir/ca.pem"} "http${tls:+s}://$REGISTRY/v2/"
}

stop_registry() {
	[ -z "${REGISTRY_PID:-}" ] || kill "$REGISTRY_PID"
}

# start_nginx DIR: nginx with its files in DIR, and the configuration of its servers on standard input. What it logs for
# a request in the format "plain" is "PATH STATUS". Sets NGINX_PID.
start_nginx() {
	local dir=$1
	cat >"$dir/nginx.conf" <<-CONF
		daemon off;
		user root;
		pid $dir/nginx.pid;
		error_log $dir/error.log;
		events {}
		http {
			log_format plain '\$request_uri \$status';
			client_body_temp_path $dir/tmp1; proxy_temp_path $dir/tmp2; fastcgi_temp_path $dir/tmp3;
			uwsgi_temp_path $dir/tmp4; scgi_temp_path $dir/tmp5;
			include $dir/servers.conf;
		}
	CONF
	cat >"$dir/servers.conf"
	nginx -c "$dir/nginx.conf" -e "$dir/error.log" 3>&- &
	NGINX_PID=$!
}

free_port() {
	local port
	while port=$((20000 + RANDOM % 20000)) && ss -Hltn "sport = :$port" | grep -q .; do :; done
	echo "$port"
}

# make_certificate DIR: DIR/ca.pem and a server certificate for 127.0.0.1 signed by it.
make_certificate() {
	(
		cd "$1"
		openssl req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem -days 2 -subj /CN=test-ca
		openssl req -newkey rsa:2048 -nodes -keyout server.key -out server.csr -subj /CN=127.0.0.1
		openssl x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -out server.pem \
			-extfile <(echo subjectAltName=IP:127.0.0.1,DNS:localhost)
	) 2>/dev/null
}

# push TAG NAME: copies a tag of the OCI fixture to the registry.
push() {
	skopeo --insecure-policy copy -q --dest-tls-verify=false "oci:$FIXTURES/oci:$1" "docker://$REGISTRY/$2"
}

# --- what a test may not leave behind ----------------------------------------------------------

# The pods of the data directory that may run: their directories have the number of a file that is locked. Most tests
# leave some that have ended, so they are not tried one by one.
maybe_running_pods() {
	(cd "$RKT_DATA/pods/run" 2>/dev/null && stat -c '%i %n' -- * 2>/dev/null) |
		awk 'FNR == NR { sub(/.*:/, "", $6); if ($2 == "FLOCK") locked[$6]; next } $1 in locked { print $2 }' /proc/locks -
}

# Fails when a pod of the data directory still runs or a mount below it can be seen from here.
expect_nothing_left() {
	local mounts pod
	# Where layers are views, what holds them stays until gc: it is to do with the machine, not with a pod.
	drop_views
	mounts=$(grep -F " $RKT_DATA" /proc/self/mountinfo || true)
	expect_equal "$mounts" ""
	for pod in $(maybe_running_pods); do
		flock -n -s "$RKT_DATA/pods/run/$pod" true || {
			echo "the pod $pod still runs"
			return 1
		}
	done
}

# Stops the pod that the test started, and fails when anything is left then.
common_teardown() {
	if [ -n "${POD_PID:-}" ] && kill -TERM "$POD_PID" 2>/dev/null; then
		wait_for_pod_end
	fi
	expect_nothing_left
}
