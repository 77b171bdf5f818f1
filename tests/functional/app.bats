# SPDX-License-Identifier: Apache-2.0
# Pods whose apps come and go: "rkt app", and the app-* entry points of stage1 behind it.

load lib

setup_file() {
	common_setup_file
}

teardown() {
	common_teardown
}

# start_sandbox FLAGS...: a pod without apps, in the background. Sets POD and POD_PID.
start_sandbox() {
	local id_file=$BATS_TEST_TMPDIR/sandbox-uuid
	rm -f "$id_file"
	rkt_command
	"${RKT_COMMAND[@]}" app sandbox --uuid-file-save="$id_file" --net=none "$@" \
		>"$BATS_TEST_TMPDIR/pod.out" 2>"$BATS_TEST_TMPDIR/pod.err" 3>&- </dev/null &
	POD_PID=$!
	wait_until test -s "$id_file"
	POD=$(<"$id_file")
	rkt status --wait-ready=20s "$POD" >/dev/null
}

# add_app NAME SCRIPT FLAGS...: adds a shell.
add_app() {
	local name=$1 script=$2
	shift 2
	rkt app add "$POD" "$BUSYBOX" --name="$name" --exec=/bin/sh "$@" -- -c "$script"
}

# app_state NAME
app_state() {
	rkt app status "$POD" --app="$1" | sed -n 's/^state=//p'
}

app_is() {
	[ "$(app_state "$1")" = "$2" ]
}

# What apps have printed, without the prefix of each line.
pod_output() {
	sed -E 's/^\[ *[0-9]+\.[0-9]+\] ([^ ]+)\[[0-9]+\]: /\1: /' "$BATS_TEST_TMPDIR/pod.out"
}

pod_printed() {
	pod_output | grep -Fqx -- "$1"
}

# The pod's first process, as the host sees it.
first_process() {
	tr -d ' ' <"/proc/$POD_PID/task/$POD_PID/children"
}

@test "a sandbox runs without apps, says that it is mutable, and ends by rkt stop" {
	start_sandbox --hostname=box
	expect_equal "$(rkt cat-manifest "$POD" | jq -c '[.apps, .annotations]')" \
		'[null,[{"name":"coreos.com/rkt/stage1/mutable","value":"true"}]]'
	run rkt list --no-legend
	expect_match "$output" "^${POD:0:8}[[:space:]]+-[[:space:]]+-[[:space:]]+running"
	rkt stop "$POD"
	wait_for_pod_end
	expect_equal "$status" 143
	pod_has_state "$POD" exited
}

@test "an added app is created, not started; started it runs in the pod's namespaces, and its end is not the pod's" {
	start_sandbox --hostname=box
	add_app web 'hostname; echo "$AC_APP_NAME $$"; readlink /proc/self/ns/net; readlink /proc/self/ns/pid; exit 3'
	app_is web created
	rkt app start "$POD" --app=web
	wait_until app_is web exited
	wait_until pod_printed "web: $(readlink "/proc/$(first_process)/ns/pid")"
	pod_printed "web: $(readlink "/proc/$(first_process)/ns/net")"
	pod_printed 'web: box'
	run rkt app status "$POD" --app=web
	expect_match "$output" 'exit_code=3'
	pod_has_state "$POD" running
	expect_equal "$(rkt app list "$POD")" "$(printf 'NAME\tSTATE\nweb\texited')"
	expect_equal "$(rkt app list --no-legend "$POD")" "$(printf 'web\texited')"
}

@test "an app that has ended can be started again, with what it had written, and its times follow" {
	local first second
	start_sandbox
	add_app count 'echo x >>/count; wc -l </count'
	rkt app start "$POD" --app=count
	wait_until pod_printed 'count: 1'
	wait_until app_is count exited
	first=$(rkt app status "$POD" --app=count --format=json | jq .started_at)
	rkt app start "$POD" --app=count
	wait_until pod_printed 'count: 2'
	second=$(rkt app status "$POD" --app=count --format=json | jq .started_at)
	[ "$second" -gt "$first" ]
}

@test "the process of an added app is confined as any app's: capabilities, filter, root, no descriptors" {
	start_sandbox
	add_app web 'grep -E "^(CapBnd|Seccomp|NoNewPrivs):" /proc/self/status; ls /proc/self/fd; ls /opt 2>&1; id -u; exec sleep 1000' \
		--user=1000
	pod_sh 'grep -E "^(CapBnd|Seccomp|NoNewPrivs):" /proc/self/status' --user=1000
	expect_status 0
	local usual=$output line
	rkt app start "$POD" --app=web
	wait_until pod_printed 'web: 1000'
	while read -r line; do
		pod_printed "web: $line"
	done <<<"$usual"
	# ls itself has the third.
	expect_equal "$(pod_output | grep -cE '^web: [0-9]$')" 4
	pod_output | grep -qE '^web: ls: /opt: No such file'
}

@test "apps do not see each other's root, and one that is added later shares the pod's /dev/shm" {
	start_sandbox
	add_app one 'echo secret >/mine; echo shared >/dev/shm/all; exec sleep 1000'
	rkt app start "$POD" --app=one
	wait_until app_is one running
	add_app two 'cat /mine 2>&1; cat /dev/shm/all; ls /proc | grep -c "^[0-9]"'
	rkt app start "$POD" --app=two
	wait_until app_is two exited
	wait_until pod_printed 'two: shared'
	pod_output | grep -q "two: cat: can't open '/mine'"
}

@test "stop of an app waits for its end and leaves the others alone; what it left behind ends too" {
	start_sandbox
	add_app web 'setsid sleep 777 & trap "exit 5" TERM; echo up; while :; do sleep 0.1; done'
	add_app other 'exec sleep 1000'
	rkt app start "$POD" --app=web
	rkt app start "$POD" --app=other
	wait_until pod_printed 'web: up'
	rkt app stop "$POD" --app=web
	app_is web exited
	expect_match "$(rkt app status "$POD" --app=web)" 'exit_code=5'
	app_is other running
	if grep -q cgroup2 /proc/mounts; then
		wait_until bash -c 'found=$("$@" app exec --app=other '"$POD"' /bin/ps) && ! grep -q "sleep 777" <<<"$found"' bash "${RKT_COMMAND[@]}"
	fi
	rkt app stop "$POD" --app=web
}

@test "rm takes the app out: its mounts, files and entry in the manifest; a new one of the name starts afresh" {
	start_sandbox
	add_app web 'ls /mine 2>/dev/null; touch /mine /v/mine; echo old; exec sleep 1000' --mnt-volume=v,kind=empty,mode=0700,target=/v
	rkt app start "$POD" --app=web
	wait_until app_is web running
	grep -q /opt/stage2/web/ "/proc/$(first_process)/mountinfo"
	rkt app rm "$POD" --app=web
	expect_equal "$(grep -c /opt/stage2/web/ "/proc/$(first_process)/mountinfo")" 0
	expect_equal "$(rkt cat-manifest "$POD" | jq -c .apps)" null
	expect_equal "$(find "$RKT_DATA/pods/run/$POD" -name '*web*' | wc -l)" 0
	add_app web 'ls /mine 2>/dev/null; ls -A /v; stat -c %a /v; echo new' --mnt-volume=v,kind=empty,mode=1777,target=/v
	rkt app start "$POD" --app=web
	wait_until pod_printed 'web: new'
	expect_equal "$(rkt logs --app=web "$POD")" "$(printf '1777\nnew')"
}

@test "rm works on a pod that has ended" {
	start_sandbox
	add_app web 'exit 0'
	rkt stop "$POD"
	wait_for_pod_end
	run rkt app stop "$POD" --app=web
	expect_status 0
	expect_equal "$output" "pod \"$POD\" is already stopped"
	rkt app rm "$POD" --app=web
	expect_equal "$(rkt app list --no-legend "$POD")" ''
}

@test "app add takes volumes of the app's own" {
	start_sandbox
	mkdir "$BATS_TEST_TMPDIR/data"
	echo hello >"$BATS_TEST_TMPDIR/data/file"
	add_app web 'cat /srv/file; touch /srv/no 2>&1; stat -c "%a %u" /scratch' \
		--mnt-volume="data,kind=host,source=$BATS_TEST_TMPDIR/data,readOnly=true,target=/srv" \
		--mnt-volume='scratch,kind=empty,mode=1777,uid=7,target=/scratch'
	rkt app start "$POD" --app=web
	wait_until pod_printed 'web: 1777 7'
	pod_printed 'web: hello'
	pod_output | grep -q 'web: touch: /srv/no: Read-only file system'
	expect_match "$(rkt app status "$POD" --app=web)" "mounts=$BATS_TEST_TMPDIR/data:/srv:\(read_only:true\),:/scratch:\(read_only:false\)"
	run rkt app add "$POD" "$BUSYBOX" --name=x --mnt-volume='data,kind=empty'
	expect_status 254
}

@test "app exec is enter: in an app that was added, without more rights than it has" {
	start_sandbox
	add_app web 'export A=b; exec sleep 1000' --environment=COLOUR=red
	add_app other 'exec sleep 1000'
	rkt app start "$POD" --app=web
	rkt app start "$POD" --app=other
	run rkt app exec --app=web "$POD" /bin/sh -c 'echo $AC_APP_NAME $COLOUR; exit 9'
	expect_status 9
	expect_equal "$output" 'web red'
	run --separate-stderr rkt app exec "$POD" /bin/true
	expect_status 254
	expect_match "$stderr" 'pod contains multiple apps'
}

@test "what is wrong is said: pods, apps, names" {
	start_sandbox
	run --separate-stderr rkt app add "$POD"
	expect_status 254
	expect_match "$stderr" 'must provide the pod UUID and an IMAGEID'
	run --separate-stderr rkt app add "$POD" "$BUSYBOX" "$BUSYBOX"
	expect_match "$stderr" 'must give only one app'
	run --separate-stderr rkt app add "$POD" example.com/nothing
	expect_status 254
	run --separate-stderr rkt app start "$POD"
	expect_match "$stderr" 'must provide the app to start'
	expect_match "$stderr" 'hint: --app=NAME names it'
	run --separate-stderr rkt app start "$POD" --app=nobody
	expect_status 254
	expect_match "$stderr" 'error: nonexistent app "nobody"'
	run --separate-stderr rkt app status "$POD" --app=nobody
	expect_status 1
	expect_match "$stderr" 'cannot find app "nobody" in the pod'
	add_app web 'exec sleep 1000'
	run --separate-stderr rkt app add "$POD" "$BUSYBOX" --name=web
	expect_status 254
	expect_match "$stderr" 'multiple apps with name web'
	rkt app start "$POD" --app=web
	run --separate-stderr rkt app start "$POD" --app=web
	expect_status 1
	expect_match "$stderr" 'app web is running already'
	run --separate-stderr rkt app add "$POD" "$BUSYBOX" --name=bad --user=nobody-knows
	expect_status 254
	expect_equal "$(rkt app list --no-legend "$POD")" "$(printf 'web\trunning')"
	[ ! -e "$RKT_DATA/pods/run/$POD/appsinfo/bad" ]
}

@test "an app whose program is missing ends with 203" {
	start_sandbox
	rkt app add "$POD" "$BUSYBOX" --name=web --exec=/no/such
	rkt app start "$POD" --app=web
	wait_until app_is web exited
	expect_match "$(rkt app status "$POD" --app=web)" 'exit_code=203'
	wait_until pod_printed 'web: Error: Unable to open "/no/such": No such file or directory'
}

@test "names that files about other apps have are refused" {
	start_sandbox
	add_app web 'exec sleep 1000'
	for name in web-started web-created; do
		run --separate-stderr rkt app add "$POD" "$BUSYBOX" --name="$name"
		expect_status 254
		expect_match "$stderr" "\"$name\" cannot be the name of an app of this pod"
	done
	app_is web created
}

@test "rm while others start the app leaves nothing of it running" {
	local round k
	start_sandbox
	for round in 1 2 3 4 5; do
		add_app web 'exec sleep 777'
		rkt app start "$POD" --app=web
		rkt app rm "$POD" --app=web 3>&- &
		pids[0]=$!
		for k in 1 2 3 4; do
			"${RKT_COMMAND[@]}" app start "$POD" --app=web >/dev/null 2>&1 3>&- &
			pids[k]=$!
		done
		wait "${pids[0]}"
		for k in 1 2 3 4; do
			wait "${pids[k]}" || true
		done
		expect_equal "$(rkt app list --no-legend "$POD")" ''
		wait_until bash -c '! pgrep -P "$(tr -d " " </proc/'"$POD_PID/task/$POD_PID"'/children)"'
	done
}

# All signals that can be: 32 to 34 as well, which C libraries keep for themselves.
ignoring_signals() {
	perl -e 'require "syscall.ph"; $ignore = pack("Q4", 1); syscall(SYS_rt_sigaction(), $_, $ignore, 0, 8) for 1 .. 64; exec @ARGV' "$@"
}

@test "an app has the default signals, whatever the caller of rkt ignores" {
	start_sandbox
	# No shell: that of busybox ignores SIGQUIT itself.
	rkt app add "$POD" "$BUSYBOX" --name=web --exec=/bin/grep -- SigIgn /proc/self/status
	ignoring_signals "${RKT_COMMAND[@]}" app start "$POD" --app=web 3>&-
	wait_until bash -c 'grep -q SigIgn "$1"' bash "$BATS_TEST_TMPDIR/pod.out"
	expect_match "$(pod_output)" 'SigIgn:.*0000000000000000'
	run --separate-stderr ignoring_signals "${RKT_COMMAND[@]}" run --net=none "$BUSYBOX" \
		--exec=/bin/grep -- SigIgn /proc/self/status
	expect_status 0
	expect_match "$output" 'SigIgn:.*0000000000000000'
}

@test "a pod manifest cannot make a pod with apps mutable" {
	local id
	id=$(rkt image list --format=json | jq -r '.[0].id')
	printf '{"acVersion":"0.8.11","acKind":"PodManifest","apps":[{"name":"a","image":{"id":"%s"},"app":{"exec":["/bin/true"],"user":"0","group":"0"}}],"annotations":[{"name":"coreos.com/rkt/stage1/mutable","value":"true"}]}' "$id" >"$BATS_TEST_TMPDIR/manifest"
	run --separate-stderr rkt run --net=none --pod-manifest="$BATS_TEST_TMPDIR/manifest"
	expect_status 254
	expect_match "$stderr" 'starts without apps'
}

@test "a pod of rkt run is immutable" {
	start_sleeper
	run --separate-stderr rkt app add "$POD" "$BUSYBOX" --name=x
	expect_status 254
	expect_match "$stderr" 'immutable pod'
	for verb in start stop rm; do
		run --separate-stderr rkt app "$verb" "$POD" --app=busybox
		expect_status 254
		expect_match "$stderr" 'immutable pod'
	done
}

@test "a pod that was killed has no running apps, and gc removes all of it" {
	start_sandbox
	add_app web 'exec sleep 1000'
	add_app idle 'exit 0'
	rkt app start "$POD" --app=web
	wait_until app_is web running
	kill -KILL "$POD_PID"
	wait_for_pod_end
	wait_until pod_has_state "$POD" exited
	app_is web exited
	expect_match "$(rkt app status "$POD" --app=web)" 'exit_code=1'
	app_is idle created
	rkt gc --grace-period=0s
	[ ! -e "$RKT_DATA/pods/exited-garbage/$POD" ]
	expect_equal "$(find /sys/fs/cgroup -type d -name "*$POD*" | wc -l)" 0
}

@test "app-start that is killed leaves no process in the pod" {
	local round
	start_sandbox
	add_app web 'exec sleep 1000'
	for round in 1 2 3 4 5 6 7 8 9 10 11 12; do
		"${RKT_COMMAND[@]}" app start "$POD" --app=web 3>&- &
		sleep "0.00$round"
		kill -KILL $! 2>/dev/null || true
		wait $! 2>/dev/null || true
	done
	# What was released runs and is known; what was not has ended.
	wait_until bash -c '[ "$("$@" app list --no-legend '"$POD"' | cut -f2)" != created ] || [ "$(pgrep -c -P "$(cat /proc/'"$POD_PID/task/$POD_PID"'/children)")" = 0 ]' bash "${RKT_COMMAND[@]}"
	if app_is web running; then
		rkt app stop "$POD" --app=web
	fi
	wait_until bash -c '! pgrep -P "$(cat /proc/'"$POD_PID/task/$POD_PID"'/children)"'
	rkt app start "$POD" --app=web
	app_is web running
}

@test "the start of an app that ends at once succeeds each time" {
	local i
	start_sandbox
	add_app quick 'exit 5'
	for i in {1..40}; do
		rkt app start "$POD" --app=quick
		wait_until app_is quick exited
	done
	# Nothing of all this stays in the supervisor.
	[ "$(find "/proc/$POD_PID/fd" -type l | wc -l)" -lt 20 ]
}

@test "an app that ends while the disk is full has ended, with its status" {
	local disk=$BATS_TEST_TMPDIR/disk
	mkdir "$disk"
	mount -t tmpfs -o size=24m none "$disk"
	new_data_dir "$disk"
	rkt --insecure-options=image fetch "$FIXTURES/busybox.aci" >/dev/null
	start_sandbox
	add_app web 'trap "exit 7" TERM; echo ready; while :; do sleep 0.1; done'
	rkt app start "$POD" --app=web
	wait_until pod_printed "web: ready"
	! cat /dev/zero 2>/dev/null >"$disk/fill"
	rkt app stop "$POD" --app=web
	expect_equal "$(rkt app status "$POD" --app=web | grep -E '^(state|exit_code)=')" $'state=exited\nexit_code=7'
	rm "$disk/fill"
	rkt app start "$POD" --app=web
	expect_equal "$(app_state web)" running
	rkt app stop "$POD" --app=web
	rkt app rm "$POD" --app=web
	expect_equal "$(ls -A "$RKT_DATA/pods/run/$POD/stage1/rootfs/rkt/status")" ""
	rkt stop "$POD"
	wait_for_pod_end
	umount "$disk"
}

# start_again VERB: starts or restarts the sandbox in the background.
start_again() {
	rkt_command
	"${RKT_COMMAND[@]}" "$1" "$POD" >"$BATS_TEST_TMPDIR/pod.out" 2>"$BATS_TEST_TMPDIR/pod.err" 3>&- </dev/null &
	POD_PID=$!
	wait_until pod_has_state "$POD" running
	rkt status --wait-ready=20s "$POD" >/dev/null
}

# keeps_apps FLAGS...: a sandbox with these flags, and its apps, through two ends.
keeps_apps() {
	start_sandbox --hostname=box "$@"
	add_app one 'echo x >>/x; echo x >>/data/x; echo one $(wc -l </x) $(wc -l </data/x) $(hostname)' \
		--mnt-volume=data,kind=empty,target=/data
	add_app two 'echo two; exec sleep 1000'
	rkt app start "$POD" --app=one
	rkt app start "$POD" --app=two
	wait_until app_is one exited
	wait_until app_is two running
	rkt stop "$POD"
	wait_for_pod_end

	start_again start
	app_is one created
	app_is two created
	rkt app start "$POD" --app=one
	wait_until app_is one exited
	wait_until pod_printed 'one: one 2 2 box'
	# It has its root filesystem now.
	rkt app start "$POD" --app=one
	wait_until pod_printed 'one: one 3 3 box'
	rkt app start "$POD" --app=two
	add_app three 'echo three'
	rkt app start "$POD" --app=three
	wait_until app_is three exited

	start_again restart
	expect_equal "$(rkt app list --no-legend "$POD" | awk '{print $1, $2}')" \
		$'one created\ntwo created\nthree created'
	rkt app rm "$POD" --app=three
	rkt app start "$POD" --app=one
	wait_until pod_printed 'one: one 4 4 box'
	rkt app start "$POD" --app=two
	wait_until app_is two running
	run rkt app exec --app=two "$POD" /bin/cat /etc/hostname
	expect_status 0
	rkt stop "$POD"
	wait_for_pod_end
}

@test "a sandbox that has ended is started again, and its apps with what they have written" {
	keeps_apps
}

@test "a sandbox that has ended is started again: without overlays" {
	keeps_apps --no-overlay
}

@test "a sandbox that was killed is started again, and what was half added is made anew" {
	start_sandbox --no-overlay
	add_app one 'echo x >>/x; echo one $(wc -l </x); exec sleep 1000'
	rkt app start "$POD" --app=one
	wait_until pod_printed 'one: one 1'
	kill -9 "$(first_process)" "$POD_PID"
	wait_for_pod_end || true
	wait_until pod_has_state "$POD" exited
	# What "rkt app add" leaves that is killed while it copies.
	mkdir -p "$RKT_DATA/pods/run/$POD/stage1/rootfs/opt/stage2/half/rootfs/bin"
	start_again start
	rkt app start "$POD" --app=one
	wait_until pod_printed 'one: one 2'
	add_app half 'echo half'
	rkt app start "$POD" --app=half
	wait_until pod_printed 'half: half'
	rkt stop "$POD"
	wait_for_pod_end
}

@test "a sandbox that is started again has its apps' images, or says what has to be fetched" {
	local flags
	for flags in "" --no-overlay; do
		new_data_dir "$BATS_TEST_TMPDIR/store$flags"
		rkt --insecure-options=image fetch "$FIXTURES/busybox.aci"
		# shellcheck disable=SC2086
		start_sandbox $flags
		add_app one 'echo x >>/x; echo $(wc -l </x)'
		rkt app start "$POD" --app=one
		wait_until app_is one exited
		rkt stop "$POD"
		wait_for_pod_end
		rkt image rm "$BUSYBOX"
		rkt image gc --grace-period=0
		start_again start
		if [ "$flags" ]; then
			run --separate-stderr rkt app start "$POD" --app=one
			expect_status 254
			expect_match "$stderr" "is not in the store"
			expect_match "$stderr" "hint: it can be when \"$BUSYBOX\" was fetched again"
			rkt --insecure-options=image fetch "$FIXTURES/busybox.aci"
		fi
		rkt app start "$POD" --app=one
		wait_until pod_printed 'one: 2'
		rkt stop "$POD"
		wait_for_pod_end
	done
}

@test "an app that was not started since its pod was has no files there, and that is said" {
	local words
	start_sandbox
	add_app one 'echo x >>/x; exec sleep 1000'
	rkt app start "$POD" --app=one
	rkt stop "$POD"
	wait_for_pod_end
	start_again start
	for words in "enter $POD /bin/true" "app exec --app=one $POD /bin/true" "exec $POD /bin/true" "cp $POD:/x $BATS_TEST_TMPDIR/x"; do
		# shellcheck disable=SC2086
		run --separate-stderr rkt $words
		expect_status 254
		expect_match "$stderr" 'app "one" was not started since its pod was'
		expect_match "$stderr" "hint: \"rkt app start $POD --app=one\" starts it"
	done
	rkt app start "$POD" --app=one
	rkt enter "$POD" /bin/true
	rkt exec "$POD" /bin/true
	rkt cp "$POD:/x" "$BATS_TEST_TMPDIR/x"
	expect_equal "$(<"$BATS_TEST_TMPDIR/x")" $'x\nx'
	rkt stop "$POD"
	wait_for_pod_end
}

@test "many apps are added, started and removed at once" {
	local i
	start_sandbox
	for i in 1 2 3 4 5 6 7 8; do
		{ add_app "a$i" "echo started; exec sleep 1000" && rkt app start "$POD" --app="a$i"; } 3>&- &
		pids[i]=$!
	done
	for i in 1 2 3 4 5 6 7 8; do
		wait "${pids[i]}"
	done
	expect_equal "$(rkt app list --no-legend "$POD" | cut -f2 | sort | uniq -c | tr -s ' ')" ' 8 running'
	for i in 1 2 3 4 5 6 7 8; do
		rkt app rm "$POD" --app="a$i" 3>&- &
		pids[i]=$!
	done
	for i in 1 2 3 4 5 6 7 8; do
		wait "${pids[i]}"
	done
	expect_equal "$(rkt cat-manifest "$POD" | jq -c .apps)" null
	expect_equal "$(grep -c /opt/stage2/ "/proc/$(first_process)/mountinfo")" 0
}

@test "sandbox options hold for apps that are added later" {
	start_sandbox --hosts-entry=10.1.2.3=db --dns=10.9.9.9 --annotation=example.com/a=b --user-label=l=m
	add_app web 'grep db /etc/hosts; grep nameserver /etc/resolv.conf'
	rkt app start "$POD" --app=web
	wait_until pod_printed 'web: nameserver 10.9.9.9'
	pod_printed 'web: 10.1.2.3 db'
	expect_equal "$(rkt cat-manifest "$POD" | jq -c '[.annotations[1], .userLabels]')" \
		'[{"name":"example.com/a","value":"b"},{"l":"m"}]'
}

@test "the variable that rkt needed for these verbs is not needed, and accepted" {
	start_sandbox
	expect_equal "$(RKT_EXPERIMENT_APP=true rkt app list "$POD" | tr -d '\n')" "$(printf 'NAME\tSTATE')"
}

@test "failures of app sandbox end with 1" {
	run --separate-stderr rkt app sandbox --net=somewhere
	expect_status 1
	expect_match "$stderr" 'networks not found: somewhere'
}

@test "the stage1 manifest names the entry points for apps, and each is there" {
	local dir=$BUILD/libexec/stage1-native name
	for name in app/add app/rm app/start app/stop; do
		jq -e --arg n "coreos.com/rkt/stage1/$name" '.annotations[] | select(.name == $n) | .value' -r "$dir/manifest" >"$BATS_TEST_TMPDIR/path"
		[ -x "$dir$(<"$BATS_TEST_TMPDIR/path")" ]
	done
}

# --- the control socket ----------------------------------------------------------------------------

# start_verb NAME ARGS...: "rkt ARGS" in the background; ended_verb NAME has its status and what it said.
start_verb() {
	local name=$1
	shift
	rkt_command
	"${RKT_COMMAND[@]}" "$@" >"$BATS_TEST_TMPDIR/$name.out" 2>"$BATS_TEST_TMPDIR/$name.err" 3>&- </dev/null &
	VERBS[$name]=$!
}

ended_verb() {
	status=0
	wait "${VERBS[$1]}" || status=$?
	stderr=$(<"$BATS_TEST_TMPDIR/$1.err")
}

@test "a monitor that does not answer is waited for no longer than a while, and named" {
	local -A VERBS
	start_sandbox
	add_app one 'exec sleep 1000' --stdin=stream
	add_app two 'exec sleep 1000'
	rkt app start "$POD" --app=one
	kill -STOP "$POD_PID"
	start_verb attach attach --app=one "$POD"
	start_verb start app start "$POD" --app=two
	ended_verb attach
	expect_status 254
	expect_equal "$stderr" "attach: cannot attach to app one: the pod's monitor does not answer: is it stopped?"
	ended_verb start
	expect_status 1
	expect_equal "$stderr" "app: cannot start app two: the pod's monitor does not answer: is it stopped?"
	kill -CONT "$POD_PID"
	# It has been told of an app whose process is gone.
	rkt app start "$POD" --app=two
	app_is two running
}

@test "who connects to the control socket and says nothing keeps others out for a while only" {
	start_sandbox
	add_app one 'exec sleep 1000'
	(cd "$RKT_DATA/pods/run/$POD" && exec timeout 60 python3 -uc '
import socket, time
silent = [socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) for i in range(20)]
for s in silent: s.connect("control")
print("connected")
time.sleep(60)') >"$BATS_TEST_TMPDIR/silent" 3>&- &
	wait_until grep -q connected "$BATS_TEST_TMPDIR/silent"
	rkt app start "$POD" --app=one
	app_is one running
	kill "$!"
}
