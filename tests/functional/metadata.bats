#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The metadata service, asked by apps from inside their pods, and the registration of pods with it.

load lib.bash
load world.bash

SOCKET=/run/rkt/metadata-svc.sock
NOBODY=0123456789abcdef0123456789abcdef # no pod's token
NO_POD=01234567-89ab-4def-8123-456789abcdef

# For scripts in pods. "status" is of a request as wget makes it, "raw METHOD PATH" of another one.
FUNCTIONS='
base=$AC_METADATA_URL/acMetadata/v1
get() { wget -q -O - "$base/$1"; }
status() { wget -S -O /dev/null "$@" 2>&1 | sed -n "s,.*HTTP/1.. \([0-9]*\).*,\1,p" | head -n 1; }
raw() {
	set -- "$@" "${AC_METADATA_URL#http://}"
	printf "%s %s HTTP/1.0\r\n\r\n" "$1" "$2" | nc -w 10 "${3%%:*}" 18112 | head -n 1 | tr -d "\r"
}
'

setup_file() {
	common_setup_file
	# What an app of it is said to be by the image, and by the pod.
	make_aci "$BATS_FILE_TMPDIR/annotated.aci" '.name = "example.com/annotated"
		| .annotations = [{name: "both", value: "image"}, {name: "example.com/only-image", value: "the image"}]'
	rkt --insecure-options=image fetch "$BATS_FILE_TMPDIR/annotated.aci" >/dev/null
}

setup() {
	LOG=$BATS_TEST_TMPDIR/service.log
	start_service
}

teardown() {
	local failed=0
	common_teardown || failed=1
	collect_pods
	rkt gc --grace-period=0s --expire-prepared=0s >/dev/null 2>&1
	stop_service || failed=1
	return "$failed"
}

# start_service [ARGS...]: the service, in the background and under way; $SERVICE is its process.
start_service() {
	: >"$LOG"
	"$RKT" metadata-service "$@" >>"$LOG" 2>&1 3>&- &
	SERVICE=$!
	wait_until grep -q 'metadata service running' "$LOG"
}

# Ends it, if there is one, as it should end.
stop_service() {
	[ -n "${SERVICE:-}" ] || return 0
	kill "$SERVICE"
	wait "$SERVICE"
	SERVICE=
}

kill_service() {
	kill -KILL "$SERVICE"
	wait "$SERVICE" || true
	SERVICE=
}

# app SCRIPT [FLAGS...]: a pod that is registered, whose app is a shell with the functions from above.
app() {
	local script=$1
	shift
	NET=${NET:-default} pod_sh "$FUNCTIONS$script" --mds-register "$@"
}

# start_app SCRIPT [FLAGS...]: the same, in the background.
start_app() {
	local script=$1
	shift
	NET=${NET:-default} start_pod --mds-register "$BUSYBOX" --exec=/bin/sh "$@" -- -c "$FUNCTIONS$script"
}

# register METHOD PATH [CURL ARGS...]: one request to the registration interface; its answer, and its status on the last line.
register() {
	local method=$1 path=$2
	shift 2
	curl -s --max-time 20 --unix-socket "$SOCKET" -X "$method" -w '\n%{http_code}' "$@" "http://localhost$path"
}

# expect_table TABLE: $output has its lines, each "REQUEST => STATUS".
expect_table() {
	expect_equal "$output" "$1"
}

# Requests for large annotations that are in the log.
asked_large() {
	grep 'pod/annotations' "$LOG"
}

asked_for() {
	[ "$(asked_large | wc -l)" -eq "$1" ]
}

url_of() {
	sed -n 's,.*\(http://[0-9.]*:18112/[0-9a-f]*\).*,\1,p' "$BATS_TEST_TMPDIR/pod.out" | head -n 1
}

# --- what apps are told --------------------------------------------------------------------------

@test "an app is told of its pod: UUID, manifest, annotations" {
	app 'get pod/uuid; echo; get pod/manifest; echo; get pod/annotations; echo
		get pod/annotations/coreos.com/rkt/stage1/mutable; echo; get pod/annotations/coreos.com%2Frkt%2Fstage1%2Fmutable
		echo; wget -S -O /dev/null $base/pod/manifest 2>&1 | grep -i content-type
		wget -S -O /dev/null $base/pod/uuid 2>&1 | grep -i content-type'
	expect_status 0
	local uuid=${lines[0]}
	expect_match "$uuid" "$UUID_PATTERN"
	expect_equal "$(jq -S . <<<"${lines[1]}")" "$(rkt cat-manifest "$uuid" | jq -S .)"
	expect_equal "$(jq -c . <<<"${lines[2]}")" "$(rkt cat-manifest "$uuid" | jq -c .annotations)"
	expect_equal "${lines[3]}" false
	expect_equal "${lines[4]}" false
	expect_match "${lines[5]}" 'application/json$'
	expect_match "${lines[6]}" 'text/plain; charset=us-ascii$'
}

@test "an app is told of its image, and what pod and image say of it is one list" {
	local manifest=$BATS_TEST_TMPDIR/pod.json
	prepare_pod example.com/annotated --name=first --exec=/bin/sh -- -c "${FUNCTIONS}"'
		get apps/first/annotations; echo; get apps/first/annotations/both; echo; get apps/first/annotations/example.com/only-image; echo
		get apps/first/image/id; echo; get apps/first/image/manifest | tr -d "\n"; echo; get apps/second/annotations; echo; get apps/second/image/id; echo
		status $base/apps/first/annotations/none' --- "$BUSYBOX" --name=second --exec=/bin/true
	rkt cat-manifest "$POD" | jq '.apps[0].annotations = [{name: "both", value: "pod"}, {name: "only-pod", value: "the pod"}]' >"$manifest"
	NET=default pod --mds-register --pod-manifest="$manifest"
	expect_status 0
	expect_equal "$(jq -c 'sort_by(.name)[]' <<<"${lines[0]}")" '{"name":"both","value":"pod"}
{"name":"example.com/only-image","value":"the image"}
{"name":"only-pod","value":"the pod"}'
	expect_equal "${lines[1]}" pod
	expect_equal "${lines[2]}" "the image"
	expect_equal "${lines[3]}" "$(jq -r '.apps[0].image.id' "$manifest")"
	expect_equal "$(jq -S . <<<"${lines[4]}")" "$(rkt image cat-manifest example.com/annotated | jq -S .)"
	expect_equal "${lines[5]}" '[]'
	expect_equal "${lines[6]}" "$(jq -r '.apps[1].image.id' "$manifest")"
	expect_equal "${lines[7]}" 404
}

@test "the manifest that an app sees has what the pod's leaves to its images" {
	local manifest=$BATS_TEST_TMPDIR/pod.json image=$BATS_TEST_TMPDIR/asks.aci
	make_aci "$image" '.name = "example.com/asks" | .app.exec = ["/bin/sh", "-c", "wget -q -O - $AC_METADATA_URL/acMetadata/v1/pod/manifest"]'
	rkt --insecure-options=image fetch "$image" >/dev/null
	prepare_pod example.com/asks
	rkt cat-manifest "$POD" | jq 'del(.apps[0].app)' >"$manifest"
	NET=default pod --mds-register --pod-manifest="$manifest"
	expect_status 0
	expect_equal "$(jq -c '.apps[0].app.exec' <<<"$output")" "$(jq -c '.app.exec' <<<"$(rkt image cat-manifest example.com/asks)")"
	expect_equal "$(jq -c '[.apps[0].name, .apps[0].image.id]' <<<"$output")" "$(jq -c '[.apps[0].name, .apps[0].image.id]' "$manifest")"
}

@test "what an app has signed is verified, for any pod, and nothing else is" {
	start_app 'uuid=$(get pod/uuid); signature=$(wget -q -O - --post-data "content=a%26b+c" $base/pod/hmac/sign)
		echo "signed $uuid $signature" | sed "s/+/%2B/g"; sleep 1000'
	wait_until grep -q signed "$BATS_TEST_TMPDIR/pod.out"
	local words=()
	read -ra words <<<"$(sed -n 's/.*signed //p' "$BATS_TEST_TMPDIR/pod.out")"
	expect_equal "${words[0]}" "$POD"
	app "uuid=${words[0]} signature=${words[1]}"'
		v=$base/pod/hmac/verify
		own=$(get pod/uuid)
		echo $(status --post-data "content=a%26b+c&uuid=$uuid&signature=$signature" $v)
		echo $(status --post-data "signature=$signature&uuid=$uuid&content=a%26b+c" $v)
		echo $(status --post-data "content=a%26b+c&uuid=$uuid&signature=$signature" ${AC_METADATA_URL%/*}/'"$NOBODY"'/acMetadata/v1/pod/hmac/verify)
		echo $(status --post-data "content=a%26b+d&uuid=$uuid&signature=$signature" $v)
		echo $(status --post-data "content=a%26b+c&uuid=$own&signature=$signature" $v)
		echo $(status --post-data "content=a%26b+c&uuid=$uuid&signature=AAAA$signature" $v)
		echo $(status --post-data "content=a%26b+c&uuid=$uuid&signature=" $v)' 2>&1
	expect_status 0
	expect_equal "$output" $'200\n200\n200\n403\n403\n403\n403'
	expect_equal "$(base64 -d <<<"${words[1]//%2B/+}" | wc -c)" 64
}

@test "an empty content, a large one and one with any bytes are signed, in either encoding of forms" {
	app 'uuid=$(get pod/uuid)
		head -c 200000 /dev/zero | tr "\0" x >/large
		for content in "" "%00%ff%0A=" "$(cat /large)"; do
			printf "content=%s" "$content" >/form
			s=$(wget -q -O - --post-file /form $base/pod/hmac/sign)
			printf "&uuid=%s&signature=%s" $uuid "$(echo "$s" | sed "s/+/%2B/g")" >>/form
			status --post-file /form $base/pod/hmac/verify
		done
		part() { printf -- "--parts\r\nContent-Disposition: form-data; name=\"%s\"\r\n\r\n%s\r\n" "$1" "$2"; }
		(part uuid $uuid; part signature "$s"; part content "$(cat /large)"; printf -- "--parts--\r\n") >/form
		status --header "Content-Type: multipart/form-data; boundary=parts" --post-file /form $base/pod/hmac/verify'
	expect_status 0
	expect_equal "$output" $'200\n200\n200\n200'
}

@test "what cannot be answered has its status" {
	app 'root=${AC_METADATA_URL%/*}
		while read -r path; do echo "$path $(status "$path")"; done <<-PATHS | sed "s,$AC_METADATA_URL,OWN,; s,$root,ROOT,; s,ROOT/[0-9a-f]\{31\}/,ROOT/SHORT/,"
			$base/pod/uuid
			$root/'"$NOBODY"'/acMetadata/v1/pod/uuid
			$root/'"$NOBODY"'/acMetadata/v1/pod/manifest
			$root/'"$NOBODY"'/acMetadata/v1/pod/annotations
			$root/'"$NOBODY"'/acMetadata/v1/pod/annotations/a
			$root/'"$NOBODY"'/acMetadata/v1/apps/busybox/annotations
			$root/'"$NOBODY"'/acMetadata/v1/apps/busybox/image/id
			$root/'"$NOBODY"'/acMetadata/v1/apps/busybox/image/manifest
			${AC_METADATA_URL}0/acMetadata/v1/pod/uuid
			${AC_METADATA_URL%?}/acMetadata/v1/pod/uuid
			$base/pod/annotations/no/such
			$base/pod/annotations/Not-One
			$base/apps/other/annotations
			$base/apps/other/image/manifest
			$base/apps/other/image/id
			$base/apps/Other/image/id
			$base/apps/busybox/annotations/none
			$base/apps/busybox/annotations/Not-One
			$base/pod
			$base/pod/uuid/
			$base/pod/hmac/sign
			$AC_METADATA_URL/acMetadata/v2/pod/uuid
			$root/
			$root//acMetadata/v1/pod/uuid
			$root/pods/'"$NO_POD"'
		PATHS'
	expect_status 0
	expect_table "OWN/acMetadata/v1/pod/uuid 200
ROOT/$NOBODY/acMetadata/v1/pod/uuid 401
ROOT/$NOBODY/acMetadata/v1/pod/manifest 401
ROOT/$NOBODY/acMetadata/v1/pod/annotations 401
ROOT/$NOBODY/acMetadata/v1/pod/annotations/a 401
ROOT/$NOBODY/acMetadata/v1/apps/busybox/annotations 401
ROOT/$NOBODY/acMetadata/v1/apps/busybox/image/id 401
ROOT/$NOBODY/acMetadata/v1/apps/busybox/image/manifest 401
OWN0/acMetadata/v1/pod/uuid 401
ROOT/SHORT/acMetadata/v1/pod/uuid 401
OWN/acMetadata/v1/pod/annotations/no/such 404
OWN/acMetadata/v1/pod/annotations/Not-One 400
OWN/acMetadata/v1/apps/other/annotations 404
OWN/acMetadata/v1/apps/other/image/manifest 404
OWN/acMetadata/v1/apps/other/image/id 404
OWN/acMetadata/v1/apps/Other/image/id 400
OWN/acMetadata/v1/apps/busybox/annotations/none 404
OWN/acMetadata/v1/apps/busybox/annotations/Not-One 400
OWN/acMetadata/v1/pod 404
OWN/acMetadata/v1/pod/uuid/ 404
OWN/acMetadata/v1/pod/hmac/sign 405
OWN/acMetadata/v2/pod/uuid 404
ROOT/ 404
ROOT//acMetadata/v1/pod/uuid 404
ROOT/pods/$NO_POD 404"
}

@test "requests of the wrong method or form have their status" {
	app 'b=/${AC_METADATA_URL##*/}/acMetadata/v1
		raw GET $b/pod/uuid; raw HEAD $b/pod/uuid; raw POST $b/pod/uuid; raw DELETE $b/pod/manifest; raw PUT $b/apps/busybox/image/id
		s=$base/pod/hmac/sign v=$base/pod/hmac/verify
		status --post-data "content=x" ${AC_METADATA_URL%/*}/'"$NOBODY"'/acMetadata/v1/pod/hmac/sign
		status --post-data "other=x" $s
		status --post-data "{}" --header "Content-Type: application/json" $s
		status --post-data "content=x&uuid='$NO_POD'" $v
		status --post-data "content=x&signature=AAAA" $v
		status --post-data "uuid='$NO_POD'&signature=AAAA" $v
		status --post-data "content=x&uuid=nobody&signature=AAAA" $v
		status --post-data "content=x&uuid='$NO_POD'&signature=?" $v
		status --post-data "content=%zz&uuid='$NO_POD'&signature=AAAA" $v
		status --post-data "content=%2&uuid='$NO_POD'&signature=AAAA" $v
		status --post-data "uuid='$NO_POD'&uuid=nobody&x&&=&signature=AAAA&content" $v
		status --post-data "content=x&uuid='$NO_POD'&signature=AAAA" $v'
	expect_status 0
	expect_equal "$output" "HTTP/1.1 200 OK
HTTP/1.1 200 OK
HTTP/1.1 405 Method Not Allowed
HTTP/1.1 405 Method Not Allowed
HTTP/1.1 405 Method Not Allowed
401
400
400
400
400
400
400
400
400
400
403
403"
}

# --- who is told ----------------------------------------------------------------------------------

@test "each pod has a token of its own, by which nobody else is described" {
	start_app 'echo $AC_METADATA_URL; sleep 1000'
	wait_until grep -q http "$BATS_TEST_TMPDIR/pod.out"
	local first
	first=$(url_of)
	expect_match "$first" '/[0-9a-f]{32}$'
	app "echo \$AC_METADATA_URL; get pod/uuid; echo; wget -q -O - $first/acMetadata/v1/pod/uuid"
	expect_status 0
	expect_match "${lines[0]}" '^http://172\.16\.28\.1:18112/[0-9a-f]{32}$'
	[ "${lines[0]}" != "$first" ]
	expect_match "${lines[1]}" "$UUID_PATTERN"
	[ "${lines[1]}" != "$POD" ]
	expect_equal "${lines[2]}" "$POD"
}

@test "pods are registered by the socket alone, and described by the port alone" {
	NET=host app 'raw PUT "/pods/'$NO_POD'?token=x"; raw DELETE /pods/'$NO_POD'; raw PUT /pods/'$NO_POD'/app; raw GET "/${AC_METADATA_URL##*/}/acMetadata/v1/pod/uuid"
		echo $AC_METADATA_URL'
	expect_status 0
	expect_equal "$(sed '$d' <<<"$output")" $'HTTP/1.1 404 Not Found\nHTTP/1.1 404 Not Found\nHTTP/1.1 404 Not Found\nHTTP/1.1 200 OK'
	run register GET "/${lines[4]##*/}/acMetadata/v1/pod/uuid"
	expect_equal "${lines[-1]}" 404
	expect_equal "$(stat -c '%a %U %G' "$SOCKET" /run/rkt)" $'660 root root\n755 root root'
}

@test "the URL has the address by which the pod's networks lead to the host" {
	network 10-own.conf '{"name": "own", "type": "ptp", "ipam": {"type": "host-local", "subnet": "10.77.0.0/24"}}'
	network 10-br.conf '{"name": "br", "type": "bridge", "bridge": "testbr0", "isGateway": true, "ipam": {"type": "host-local", "subnet": "10.78.0.0/24"}}'
	while read -r NET address; do
		app 'echo $AC_METADATA_URL; get pod/uuid'
		expect_status 0
		expect_match "${lines[0]}" "^http://$address:18112/"
		expect_match "${lines[1]}" "$UUID_PATTERN"
	done <<-NETWORKS
		default 172.16.28.1
		default-restricted 172.31.0.1
		host 127.0.0.1
		own 10.77.0.1
		own,default 172.16.28.1
		own,default-restricted 172.31.0.1
		br 10.78.0.1
	NETWORKS
	ip link delete testbr0
}

@test "a pod with users of its own, and one whose network names DNS servers, are told as well" {
	network 10-named.conf '{"name": "named", "type": "ptp", "ipam": {"type": "host-local", "subnet": "10.77.0.0/24"}, "dns": {"nameservers": ["10.77.0.1"]}}'
	NET=named app 'echo $AC_METADATA_URL; get pod/uuid; echo; grep nameserver /etc/resolv.conf' --private-users
	expect_status 0
	expect_match "${lines[0]}" '^http://10\.77\.0\.1:18112/'
	expect_match "${lines[1]}" "$UUID_PATTERN"
	expect_equal "${lines[2]}" 'nameserver 10.77.0.1'
}

@test "all apps of a pod have the URL, and it is not what anybody else has set" {
	NET=default pod --mds-register "$BUSYBOX" --name=a --set-env=AC_METADATA_URL=other --exec=/bin/sh -- -c 'env | grep -c AC_METADATA; echo $AC_METADATA_URL' \
		--- "$BUSYBOX" --name=b --exec=/bin/sh -- -c 'echo $AC_METADATA_URL'
	expect_status 0
	expect_equal "$(grep -c '^http://172' <<<"$output")" 2
	expect_equal "$(grep '^http' <<<"$output" | sort -u | wc -l)" 1
	expect_equal "$(grep -cx 1 <<<"$output")" 1
}

@test "who enters an app has the URL" {
	start_app 'echo $AC_METADATA_URL; sleep 1000'
	wait_until grep -q http "$BATS_TEST_TMPDIR/pod.out"
	expect_equal "$(rkt enter "$POD" /bin/sh -c 'echo $AC_METADATA_URL')" "$(url_of)"
}

@test "a pod that is not registered has no URL" {
	NET=default pod_sh 'env | grep AC_METADATA || echo none'
	expect_equal "$output" none
	run cat "$LOG"
	refute_match "$output" PUT
}

@test "a network that does not lead to the host" {
	local before
	before=$(host_state)
	network 10-wire.conf '{"name": "wire", "type": "bridge", "bridge": "testbr0"}'
	NET=wire app 'echo started'
	expect_status 254
	expect_match "$stderr" 'run: the pod cannot reach this host: network "wire" has no IPv4 gateway'
	expect_match "$stderr" 'add default-restricted to --net'
	refute_match "$output" started
	NET=wire,default-restricted app 'echo $AC_METADATA_URL; get pod/uuid'
	expect_status 0
	expect_match "${lines[0]}" '^http://172\.31\.0\.1:18112/'
	collect_pods
	ip link delete testbr0
	expect_host_as "$before"
	ip link add far0 type veth peer name far1
	network 10-m.conf '{"name": "far", "type": "macvlan", "master": "far0", "ipam": {"type": "host-local", "subnet": "10.80.0.0/24", "gateway": "10.80.0.1"}}'
	NET=far app 'echo $AC_METADATA_URL'
	ip link delete far0
	expect_status 0
	expect_match "$stderr" 'the gateway of network far, 10\.80\.0\.1, is no address of this host'
}

# --- registration ---------------------------------------------------------------------------------

@test "a pod is registered once, and goes when it is collected or removed" {
	local how
	for how in "gc --grace-period=0s" rm; do
		app 'get pod/uuid; echo; echo $AC_METADATA_URL'
		expect_status 0
		local uuid=${lines[0]} url=${lines[1]}
		expect_equal "$(ls "$RKT_DATA/pods/run/$uuid/mds-registered")" "$RKT_DATA/pods/run/$uuid/mds-registered"
		expect_equal "$(curl -s "$url/acMetadata/v1/pod/uuid")" "$uuid"
		[ "$how" != rm ] || how="rm $uuid"
		# shellcheck disable=SC2086
		run --separate-stderr rkt $how
		expect_status 0
		expect_equal "$(curl -s -o "$BATS_TEST_TMPDIR/answer" -w '%{http_code}' "http://127.0.0.1:18112/${url##*/}/acMetadata/v1/pod/uuid")" 401
		run grep -F "$uuid" "$LOG"
		expect_equal "$output" "metadata-service: PUT /pods/$uuid - 200
metadata-service: PUT /pods/$uuid/busybox - 200
metadata-service: DELETE /pods/$uuid - 200"
	done
}

@test "a pod whose service has gone is collected with a warning, by one that was started anew without" {
	app 'get pod/uuid; echo'
	local uuid=${lines[0]}
	kill_service
	run --separate-stderr rkt gc --grace-period=0s
	expect_status 0
	expect_match "$stderr" "problem unregistering pod \"$uuid\": could not reach the metadata service\\."
	expect_equal "$(rkt list --no-legend)" ""
	start_service
	app 'get pod/uuid; echo'
	uuid=${lines[0]}
	stop_service
	start_service
	run --separate-stderr rkt gc --grace-period=0s
	expect_status 0
	refute_match "$stderr" unregister
	expect_match "$(<"$LOG")" "DELETE /pods/$uuid - 404"
}

@test "without the service nothing of a pod is made, and what to do is said" {
	local state
	for state in ended killed; do
		if [ "$state" = ended ]; then
			stop_service
			[ ! -e "$SOCKET" ]
		else
			start_service
			kill_service
			[ -S "$SOCKET" ]
		fi
		app 'echo started'
		expect_status 254
		expect_match "$stderr" '^run: could not reach the metadata service\.'
		expect_match "$stderr" 'rkt metadata-service'
		expect_equal "$(rkt list --no-legend)" ""
	done
	echo text >"$BATS_TEST_TMPDIR/file"
	cp "$BATS_TEST_TMPDIR/file" "$SOCKET.file" && mv "$SOCKET.file" "$SOCKET"
	app 'echo started'
	rm "$SOCKET"
	expect_status 254
	expect_match "$stderr" '^run: could not reach the metadata service\.'
}

@test "run-prepared looks for the service before anything else, and registers the pod" {
	prepare_pod "$BUSYBOX" --exec=/bin/sh -- -c "$FUNCTIONS get pod/uuid"
	stop_service
	run --separate-stderr rkt run-prepared --net=nowhere --mds-register "$POD"
	expect_status 254
	expect_match "$stderr" '^run-prepared: could not reach the metadata service\.'
	expect_equal "$(pod_state "$POD")" prepared
	start_service
	run --separate-stderr rkt run-prepared --mds-register "$POD"
	plain_output
	expect_status 0
	expect_equal "$output" "$POD"
}

@test "a pod that is refused does not run, and is taken back" {
	local manifest=$BATS_TEST_TMPDIR/pod.json
	prepare_pod "$BUSYBOX" --exec=/bin/echo -- started
	rkt cat-manifest "$POD" | jq '.annotations += [{name: "large", value: ("x" * 5000000)}]' >"$manifest"
	NET=default pod --mds-register --pod-manifest="$manifest"
	expect_status 254
	refute_match "$output" started
	expect_match "$stderr" 'run: error registering with the metadata service: the metadata service refuses: 413'
	run sed -E 's/[0-9a-f]+(-[0-9a-f]+){4}/UUID/' "$LOG"
	expect_equal "$(tail -n 2 <<<"$output")" $'metadata-service: PUT /pods/UUID - 413\nmetadata-service: DELETE /pods/UUID - 404'
	expect_equal "$(ls "$RKT_DATA"/pods/*/*/mds-registered 2>/dev/null || true)" ""
}

@test "a service that dies meanwhile is asked three times" {
	rkt_command
	kill -STOP "$SERVICE"
	strace -f -qq -e trace=connect -o "$BATS_TEST_TMPDIR/trace" "${RKT_COMMAND[@]}" run --net=host --mds-register "$BUSYBOX" --exec=/bin/echo -- started \
		>"$BATS_TEST_TMPDIR/run.out" 2>"$BATS_TEST_TMPDIR/run.err" 3>&- </dev/null &
	local run=$!
	registering() { [ -n "$(ls "$RKT_DATA"/pods/run/*/mds-registered 2>/dev/null)" ]; }
	asked() { [ "$(grep -c metadata-svc "$BATS_TEST_TMPDIR/trace")" -ge 2 ]; }
	wait_until registering
	wait_until asked
	kill_service
	status=0
	wait "$run" || status=$?
	output=$(<"$BATS_TEST_TMPDIR/run.out") stderr=$(<"$BATS_TEST_TMPDIR/run.err")
	expect_status 254
	expect_equal "$output" ""
	expect_match "$stderr" 'error registering with the metadata service: could not reach the metadata service\.'
	# Once to see whether it is there, three times to register the pod, once to take it back.
	expect_equal "$(grep -c metadata-svc "$BATS_TEST_TMPDIR/trace")" 5
}

@test "a service that hangs is waited for once" {
	app 'get pod/uuid; echo'
	expect_status 0
	app 'get pod/uuid; echo'
	expect_status 0
	rkt_command
	kill -STOP "$SERVICE"
	run --separate-stderr strace -f -qq -e trace=connect -o "$BATS_TEST_TMPDIR/trace" "${RKT_COMMAND[@]}" gc --grace-period=0s
	kill -CONT "$SERVICE"
	expect_status 0
	expect_equal "$(grep -c 'problem unregistering pod .*: the metadata service did not answer within 10 s$' <<<"$stderr")" 2
	expect_equal "$(grep -c metadata-svc "$BATS_TEST_TMPDIR/trace")" 1
	expect_equal "$(rkt list --no-legend)" ""
}

@test "what the registration interface answers" {
	local pod image
	prepare_pod "$BUSYBOX"
	pod=$(rkt cat-manifest "$POD") image=$(rkt image cat-manifest "$BUSYBOX")
	check() {
		local want=$1 text=$2
		shift 2
		run register "$@"
		expect_equal "${lines[-1]}" "$want"
		expect_match "${lines[0]}" "$text"
	}
	check 400 '^UUID is missing or malformed: "nobody"$' PUT '/pods/nobody?token=x' -d "$pod"
	check 400 '^token missing$' PUT "/pods/$POD" -d "$pod"
	check 400 '^token missing$' PUT "/pods/$POD?token=" -d "$pod"
	check 400 '^a token is 1 to 64 ' PUT "/pods/$POD?token=a/b" -d "$pod"
	check 400 '^JSON-decoding failed: ' PUT "/pods/$POD?token=x" -d '{'
	check 400 '^JSON-decoding failed: ' PUT "/pods/$POD?token=x" -d "$image"
	check 400 '^UUID is missing or malformed: ' PUT "/pods/nobody/busybox" -d "$image"
	check 404 '^Pod with given UUID not found$' PUT "/pods/$POD/busybox" -d "$image"
	check 404 '^pod not found$' DELETE "/pods/$POD"
	check 400 '^UUID is missing or malformed: ' DELETE "/pods/nobody"
	check 405 '' GET "/pods/$POD"
	check 405 '' POST "/pods/$POD/busybox"
	check 404 '' PUT "/pods" -d "$pod"
	check 200 '' PUT "/pods/${POD^^}?token=x" -d "$pod"
	check 400 '^JSON-decoding failed: ' PUT "/pods/$POD/busybox" -d "$pod"
	check 400 '^the pod has no app "other"$' PUT "/pods/$POD/other" -d "$image"
	check 400 '^the pod has no app "[ -~]*31m[ -~]*"$' PUT "/pods/$POD/o%1b%5b31m" -d "$image"
	check 400 '^UUID is missing or malformed: "[ -~]*31m[ -~]*"$' DELETE "/pods/o%1b%5b31m"
	check 400 "another pod's" PUT "/pods/$NO_POD?token=x" -d "$pod"
	expect_equal "$(curl -s -o "$BATS_TEST_TMPDIR/answer" -w '%{http_code}' http://127.0.0.1:18112/x/acMetadata/v1/apps/busybox/image/id)" 404
	check 200 '' PUT "/pods/$POD/busybox" -d "$image"
	expect_equal "$(curl -s http://127.0.0.1:18112/x/acMetadata/v1/apps/busybox/image/manifest)" "$image"
	# In place of itself, by another token.
	check 200 '' PUT "/pods/$POD?token=y" -d "$pod"
	expect_equal "$(curl -s -o "$BATS_TEST_TMPDIR/answer" -w '%{http_code}' http://127.0.0.1:18112/x/acMetadata/v1/pod/uuid)" 401
	expect_equal "$(curl -s http://127.0.0.1:18112/y/acMetadata/v1/pod/uuid)" "$POD"
	check 200 '' DELETE "/pods/$POD"
	head -c 5000000 /dev/zero | tr '\0' x >"$BATS_TEST_TMPDIR/large"
	# The connection is closed upon it: perhaps before all of it was sent. The second time without telling
	# beforehand how much it will be.
	run register PUT "/pods/$POD?token=x" --data-binary @"$BATS_TEST_TMPDIR/large" -H Expect:
	refute_match "${lines[-1]}" 200
	run register PUT "/pods/$POD?token=x" --data-binary @"$BATS_TEST_TMPDIR/large" -H 'Transfer-Encoding: chunked' -H Expect:
	refute_match "${lines[-1]}" 200
	expect_equal "$(grep -c "PUT /pods/$POD - 413" "$LOG")" 2
	check 200 '' PUT "/pods/$POD?token=x" -d "$pod" -H 'Transfer-Encoding: chunked'
}

# --- the service itself -----------------------------------------------------------------------------

@test "the service comes, logs and goes as it is known to" {
	stop_service
	run cat "$LOG"
	expect_equal "$output" "metadata-service: metadata service starting...
metadata-service: metadata service running...
metadata-service: metadata service exiting..."
	[ ! -e "$SOCKET" ]
	start_service
	kill -INT "$SERVICE"
	wait "$SERVICE"
	SERVICE=
	expect_match "$(<"$LOG")" 'exiting\.\.\.$'
}

@test "of two services the second one is refused, and one that was killed is in nobody's way" {
	run --separate-stderr timeout 20 "$RKT" metadata-service
	expect_status 254
	expect_match "$stderr" 'metadata-service: listen on TCP port 18112: address already in use'
	run --separate-stderr timeout 20 "$RKT" metadata-service --listen-port="$(free_port)"
	expect_status 254
	expect_match "$stderr" "metadata-service: listen on $SOCKET: address already in use"
	[ -S "$SOCKET" ]
	kill_service
	[ -S "$SOCKET" ]
	start_service
	app 'get pod/uuid'
	expect_status 0
}

@test "the service listens where it is told to, and apps go on to be told the known port" {
	local port bad
	for bad in 0 65536 x -1 ''; do
		run --separate-stderr timeout 20 "$RKT" metadata-service --listen-port="$bad"
		expect_status 254
		expect_match "$stderr" "metadata-service: --listen-port=$bad is not a TCP port"
	done
	stop_service
	port=$(free_port)
	start_service --listen-port="$port"
	app 'echo $AC_METADATA_URL; status $base/pod/uuid; wget -q -O - "http://172.16.28.1:'"$port"'/${AC_METADATA_URL##*/}/acMetadata/v1/pod/uuid"'
	expect_match "${lines[0]}" '^http://172\.16\.28\.1:18112/'
	expect_match "${lines[1]}" "$UUID_PATTERN"
}

@test "a service manager may hand the socket over, to somebody who is not root" {
	command -v systemd-socket-activate >/dev/null || skip "systemd-socket-activate is not there"
	stop_service
	: >"$LOG"
	mkdir -p /run/rkt
	for_everybody
	systemd-socket-activate -l "$SOCKET" setpriv --reuid=65534 --regid=65534 --clear-groups \
		"$BATS_TEST_TMPDIR/programs/rkt" metadata-service >>"$LOG" 2>&1 3>&- &
	SERVICE=$!
	wait_until test -S "$SOCKET"
	app 'get pod/uuid'
	expect_status 0
	expect_match "$output" "$UUID_PATTERN"
	expect_equal "$(stat -c %u "/proc/$SERVICE")" 65534
	stop_service
	# It is not the service's to remove.
	[ -S "$SOCKET" ]
	rm "$SOCKET"
	: >"$LOG"
	local port
	port=$(free_port)
	systemd-socket-activate -l "127.0.0.1:$port" "$RKT" metadata-service >>"$LOG" 2>&1 3>&- &
	local other=$!
	wait_until curl -s -o "$BATS_TEST_TMPDIR/answer" --max-time 5 "http://127.0.0.1:$port/" || true
	wait "$other" || status=$?
	expect_match "$(<"$LOG")" 'which LISTEN_FDS tells of, is no listening UNIX socket with a file'
	# To a name that is no file's anybody could connect.
	: >"$LOG"
	systemd-socket-activate -l "@rkt-test-$$" "$RKT" metadata-service >>"$LOG" 2>&1 3>&- &
	other=$!
	refused() {
		curl -s -o "$BATS_TEST_TMPDIR/answer" --max-time 1 --abstract-unix-socket "rkt-test-$$" http://localhost/ || true
		grep -q 'is no listening UNIX socket with a file' "$LOG"
	}
	wait_until refused
	wait "$other" || status=$?
	expect_equal "$status" 254
}

@test "the units of an installation are sound" {
	command -v systemd-analyze >/dev/null || skip "systemd-analyze is not there"
	local dir=$BATS_TEST_TMPDIR/units
	mkdir "$dir"
	cp "$ROOT"/dist/systemd/*.socket "$ROOT"/dist/systemd/*.timer "$dir"
	for unit in rkt-gc.service rkt-metadata.service; do
		sed "s,^ExecStart=[^ ]*,ExecStart=$RKT," "$BUILD/dist/$unit" >"$dir/$unit"
	done
	run systemd-analyze verify --man=no "$dir"/rkt-metadata.socket "$dir"/rkt-metadata.service "$dir"/rkt-gc.timer "$dir"/rkt-gc.service
	refute_match "$output" 'rkt-'
	expect_match "$(<"$dir/rkt-metadata.socket")" "ListenStream=$SOCKET"
}

# --- what hostile apps can do -----------------------------------------------------------------------

@test "an app that fills its connections keeps nobody else from the service" {
	start_app 'host=${AC_METADATA_URL#http://} host=${host%%:*}
		i=0; while [ $i -lt 100 ]; do (sleep 1000 | nc $host 18112) & i=$((i + 1)); done
		sleep 2; echo filled; wait'
	wait_until grep -q filled "$BATS_TEST_TMPDIR/pod.out"
	expect_equal "$(ss -Htn state established "sport = :18112" | wc -l)" 32
	app 'get pod/uuid'
	expect_status 0
	expect_match "$output" "$UUID_PATTERN"
}

@test "what an app sends has bounds, and leaves nothing odd in the log" {
	app 'big=$(head -c 100000 /dev/zero | tr "\0" x); printf "content=$big$big$big" >/big
		status --post-file /big $base/pod/hmac/sign
		head -c 2000000 /dev/zero | tr "\0" x >/huge; echo "[$(status --post-file /huge $base/pod/hmac/sign)]"
		raw GET "/x/acMetadata/v1/pod/annotations/$(printf "\033[31m")\"x"
		raw GET "/${AC_METADATA_URL##*/}"; raw GET "//${AC_METADATA_URL##*/}?x"; raw GET "/?token=${AC_METADATA_URL##*/}&x"; echo "token ${AC_METADATA_URL##*/}"
		token=${AC_METADATA_URL##*/}
		for path in "/./$token" "/pods/$token" "/?t%6fken=$token" "/x/acMetadata/v1/pod/uuid?t%6fken=$token" "http://host/$token" "HTTP://$token/x"; do raw GET "$path"; done
		echo "whole $(raw GET "http://host/$token/acMetadata/v1/pod/uuid")"
		raw "$(printf "\033[1m")" "/"
		raw GET "/$(head -c 100000 /dev/zero | tr "\0" y)"
		get pod/uuid'
	expect_status 0
	# The connection is closed upon what is told to be too much: perhaps before all of it was sent.
	expect_match "$output" $'^413\n\\[(413)?\\]\n'
	expect_match "$(<"$LOG")" $'sign - 413\n.*sign - 413\n'
	expect_match "${lines[-1]}" "$UUID_PATTERN"
	local token
	token=$(sed -n 's/^token //p' <<<"$output")
	expect_match "$token" '^[0-9a-f]{32}$'
	expect_match "$output" 'whole HTTP/1.1 200 OK'
	run cat -v "$LOG"
	refute_match "$output" '\^\['
	expect_match "$output" 'GET /TOKEN/acMetadata/v1/pod/annotations/%1B\[31m"x - 401'
	expect_match "$output" 'GET \? - 404'
	[ "$(awk '{ print length }' "$LOG" | sort -n | tail -n 1)" -lt 4500 ]
	refute_match "$output" "$token"
}

@test "who asks for large answers and does not read them takes a bounded part of the memory" {
	local pod=$BATS_TEST_TMPDIR/pod.json answers=$BATS_TEST_TMPDIR/answers port=18112 i fd fds=()
	jq -n '{acVersion: "0.8.11", acKind: "PodManifest", apps: [], annotations: [{name: "large", value: ("x" * 4000000)}]}' >"$pod"
	run register PUT "/pods/$NO_POD?token=x" --data-binary @"$pod" -H Expect:
	expect_equal "${lines[-1]}" 200
	for ((i = 0; i < 30; i++)); do
		exec {fd}<>/dev/tcp/127.0.0.1/$port
		fds+=("$fd")
		printf 'GET /x/acMetadata/v1/pod/annotations%s HTTP/1.0\r\n\r\n' "$( ((i % 2)) && echo /large)" >&"$fd"
	done
	wait_until asked_for 30
	for fd in "${fds[@]}"; do
		exec {fd}<&-
	done
	# Some more than the bound lets pass are in the buffers of the sockets.
	expect_match "$(asked_large)" ' - 503'
	[ "$(grep -c ' - 200' <<<"$(asked_large)")" -ge 8 ]
	# What was not read is given back.
	given_back() { [ "$(curl -s -o "$answers" -w '%{http_code}' "http://127.0.0.1:$port/x/acMetadata/v1/pod/annotations/large")" = 200 ]; }
	wait_until given_back
	expect_equal "$(stat -c %s "$answers")" 4000000
}

@test "the service has given up what it does not need" {
	run cat "/proc/$SERVICE/status"
	expect_match "$output" $'CapEff:\t0000000000000000'
	expect_match "$output" $'CapPrm:\t0000000000000000'
	expect_match "$output" $'NoNewPrivs:\t1'
}
