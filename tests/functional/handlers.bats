# SPDX-License-Identifier: Apache-2.0
# Event handlers of images (pre-start, post-stop) and apps that are started again.

load lib

setup_file() {
	common_setup_file
}

teardown() {
	common_teardown
}

# handler NAME SCRIPT: as it stands in a manifest.
handler() {
	jq -cn --arg name "$1" --arg script "$2" '{name: $name, exec: ["/bin/sh", "-c", $script]}'
}

# make_app FILTER HANDLER...: sets ACI to an image with these handlers and the filter applied.
make_app() {
	local filter=$1
	shift
	ACI=$BATS_TEST_TMPDIR/app-$RANDOM.aci
	make_aci "$ACI" "$(printf '%s\n' "$@" | jq -cs '".name = \"example.com/handled\" | .app.eventHandlers = \(.)"' -r) | $filter"
}

# handled SCRIPT [FLAGS...]: runs the image with a shell as its app.
handled() {
	local script=$1
	shift
	pod --uuid-file-save="$BATS_TEST_TMPDIR/handled" --insecure-options=image "$ACI" --name=web --exec=/bin/sh "$@" -- -c "$script"
	POD=$(cat "$BATS_TEST_TMPDIR/handled" 2>/dev/null || true)
}

# start_handled SCRIPT [FLAGS...]: the same in the background.
start_handled() {
	local script=$1
	shift
	start_pod --insecure-options=image "$ACI" --name=web --exec=/bin/sh "$@" -- -c "$script"
}

# begin ARGS...: as start_pod, but without waiting until the pod is ready.
begin() {
	rkt_command
	"${RKT_COMMAND[@]}" --insecure-options=image run --uuid-file-save="$BATS_TEST_TMPDIR/begun" --net=none "$@" \
		>"$BATS_TEST_TMPDIR/pod.out" 2>"$BATS_TEST_TMPDIR/pod.err" 3>&- </dev/null &
	POD_PID=$!
	wait_until test -s "$BATS_TEST_TMPDIR/begun"
	POD=$(<"$BATS_TEST_TMPDIR/begun")
}

# What apps have printed, without the prefix of each line.
pod_output() {
	sed -E 's/^\[ *[0-9]+\.[0-9]+\] [^ ]+\[[0-9]+\]: //' "$BATS_TEST_TMPDIR/pod.out"
}

pod_printed() {
	pod_output | grep -Fqx -- "$1"
}

pod_printed_times() {
	[ "$(pod_output | grep -Fxc -- "$1")" -ge "$2" ]
}

# The pod's first process, and the only keeper in the pod, as the host sees them.
first_process() {
	tr -d ' ' <"/proc/$POD_PID/task/$POD_PID/children"
}

keeper() {
	local first pid
	first=$(first_process)
	for pid in $(cat "/proc/$first/task/$first/children"); do
		[ "$(cat "/proc/$pid/comm")" != rkt-keeper ] || echo "$pid"
	done
}

children_of() {
	cat "/proc/$1/task/$1/children"
}

has_ended() {
	[ ! -d "/proc/$1" ]
}

stop_and_wait() {
	kill -TERM "$POD_PID"
	wait_for_pod_end
	expect_equal "$status" 143
}

BEFORE='echo before' BEHIND='echo behind'

# --- handlers ----------------------------------------------------------------------------------------

@test "pre-start runs before the app and post-stop behind it, as root in its root, environment and directory" {
	make_app '.app.environment += [{name: "GREETING", value: "hello"}] | .app.workingDirectory = "/tmp"' \
		"$(handler pre-start 'echo "before $GREETING $AC_APP_NAME $(pwd) $(id -u) $(id -G)"; echo made >/made')" \
		"$(handler post-stop 'echo "behind $GREETING $AC_APP_NAME $(pwd) $(id -u) $(id -G)"; cat /tmp/left')"
	handled 'echo "app $(cat /made) $(id -u)"; echo left >/tmp/left' --user=1000 --group=1000 --supplementary-gids=7
	expect_status 0
	expect_equal "$output" $'before hello web /tmp 0 0\napp made 1000\nbehind hello web /tmp 0 0\nleft'
	expect_equal "$(rkt logs "$POD")" "$output"
}

@test "with a user namespace, and without overlays" {
	make_app . "$(handler pre-start 'echo made >/made')" "$(handler post-stop "$BEHIND")"
	local option
	for option in --private-users --no-overlay; do
		run --separate-stderr rkt run --net=none --insecure-options=image $option "$ACI" --exec=/bin/sh -- -c 'stat -c "%U $(cat /made)" /made; exit 3'
		plain_output
		expect_status 3
		expect_equal "$output" $'root made\nbehind'
	done
}

@test "each app of several has its own, in its own root; a limited app too" {
	make_app . "$(handler pre-start 'echo $AC_APP_NAME >/made; sed s,.*/,, /proc/self/cgroup >/cgroup')" "$(handler post-stop 'echo "behind $(cat /made)"')"
	pod --insecure-options=image "$ACI" --name=one --memory=64M --exec=/bin/sh -- -c 'cat /made; sed s,.*/,, /proc/self/cgroup | cmp - /cgroup && echo same' \
		--- "$ACI" --name=two --exec=/bin/cat -- /made --- "$BUSYBOX" --name=three --exec=/bin/sh -- -c '[ -e /made ] || echo none'
	expect_status 0
	expect_equal "$(sort <<<"$output")" $'behind one\nbehind two\nnone\none\nsame\ntwo'
}

@test "an app whose pre-start fails is not started, and has failed with its status" {
	make_app . "$(handler pre-start "$BEFORE; exit 7")" "$(handler post-stop "$BEHIND")"
	handled 'echo app'
	expect_status 7
	expect_equal "$output" $'before\nbehind'
	expect_match "$(rkt status "$POD")" 'app-web=7'
	# The others are stopped.
	run --separate-stderr rkt run --net=none --insecure-options=image "$ACI" --name=web "$BUSYBOX" --name=other --exec=/bin/sleep -- 1000
	expect_status 7
}

@test "a handler that is not in the image fails as an app would, and is named" {
	make_app '.app.eventHandlers = [{name: "pre-start", exec: ["/nonesuch"]}]'
	handled 'echo app'
	expect_status 203
	expect_match "$output" '^Error: Unable to open "/nonesuch": No such file or directory'
	make_app '.app.eventHandlers = [{name: "post-stop", exec: ["nonesuch"]}]'
	handled 'echo app'
	expect_status 254
	expect_match "$stderr" 'app "web": event handler "post-stop": unable to find "nonesuch"'
}

@test "post-stop runs however the app has ended, and neither hides nor is its status" {
	make_app . "$(handler post-stop "$BEHIND; exit 5")"
	handled 'exit 0'
	expect_status 0
	expect_equal "$output" behind
	handled 'exit 3'
	expect_status 3
	expect_equal "$output" behind
	handled 'kill -9 $$'
	expect_status 9
	expect_equal "$output" behind
	pod --insecure-options=image "$ACI" --exec=/nonesuch
	expect_status 203
	expect_match "$output" behind
}

@test "what the app has left in its process group has ended when post-stop runs" {
	make_app . "$(handler post-stop 'grep -lsx sleep /proc/[0-9]*/comm; echo behind')"
	local i
	for i in 1 2 3; do
		handled 'for i in 1 2 3 4 5 6; do sleep 1000 & done; until grep -qx sleep /proc/$!/comm; do :; done; exit 0'
		expect_status 0
		expect_equal "$output" behind
	done
}

@test "rkt stop: the app gets its stop signal once, and post-stop runs behind its end" {
	make_app '.annotations += [{name: "rkt.dev/oci/stop-signal", value: "SIGUSR1"}]' "$(handler post-stop "$BEHIND")"
	start_handled 'trap "echo usr1; sleep 0.3; echo ending; exit 4" USR1; trap "echo term" TERM; echo up; sleep 1000 & wait'
	wait_until pod_printed up
	rkt stop "$POD"
	wait_for_pod_end
	expect_equal "$status" 143
	expect_equal "$(pod_output)" $'up\nusr1\nending\nbehind'
	expect_match "$(rkt status "$POD")" 'app-web=0'
}

@test "rkt stop is for everything in the pod where the app is alone" {
	make_app . "$(handler post-stop "$BEHIND")"
	start_handled 'setsid sh -c "trap \"echo session; exit\" TERM; echo up; sleep 1000 & wait" & trap "wait; exit" TERM; wait'
	wait_until pod_printed up
	stop_and_wait
	expect_equal "$(pod_output)" $'up\nsession\nbehind'
}

@test "rkt stop while pre-start runs: it is stopped, the app is never started, post-stop runs" {
	make_app . "$(handler pre-start "trap 'echo stopped; exit 0' TERM; $BEFORE; sleep 1000 & wait")" "$(handler post-stop "$BEHIND")"
	begin "$ACI" --exec=/bin/echo -- app
	wait_until pod_printed before
	run rkt status --wait-ready=200ms "$POD"
	expect_status 254
	stop_and_wait
	expect_equal "$(pod_output)" $'before\nstopped\nbehind'
}

@test "rkt stop --force kills whatever runs" {
	make_app . "$(handler post-stop 'echo behind; sleep 1000')"
	start_handled 'trap "" TERM; echo up; exec sleep 1000'
	wait_until pod_printed up
	rkt stop --force "$POD"
	wait_for_pod_end
	refute_match "$(pod_output)" behind
	start_handled 'exit 0'
	wait_until pod_printed behind
	rkt stop --force "$POD"
	wait_for_pod_end
}

@test "a pod is ready when the app runs, not while pre-start does" {
	make_app . "$(handler pre-start "$BEFORE; until [ -e /go ]; do sleep 0.05; done")"
	begin "$ACI" --name=web --exec=/bin/sh -- -c 'echo app; exec sleep 1000' --- "$BUSYBOX" --name=other --exec=/bin/sh -- -c 'echo other; exec sleep 1000'
	wait_until pod_printed before
	# It holds up nobody else.
	wait_until pod_printed other
	run rkt status --wait-ready=200ms "$POD"
	expect_status 254
	rkt exec --app=web "$POD" touch /go
	rkt status --wait-ready=10s "$POD" >/dev/null
	wait_until pod_printed app
}

RIGHTS='grep -E "^(Uid|Gid|Groups|Cap(Bnd|Eff|Prm|Inh)|NoNewPrivs|Seccomp):" /proc/self/status'

@test "handlers have no more than the app may have: bounding set, filter, no new privileges" {
	make_app . "$(handler pre-start "$RIGHTS")" "$(handler post-stop "$RIGHTS; sethostname=\$(hostname x 2>&1); chroot / true 2>&1")"
	handled true --caps-retain=CAP_CHOWN,CAP_SETUID --seccomp=mode=remove,errno=EPERM,chroot --user=1000
	expect_status 0
	local rights=$'CapInh:\t0000000000000000\nCapPrm:\t0000000000000081\nCapEff:\t0000000000000081\nCapBnd:\t0000000000000081\nNoNewPrivs:\t1\nSeccomp:\t2'
	expect_equal "$(grep -c -x -F "$(tail -n 6 <<<"$rights")" <<<"$output")" 12
	expect_match "$output" $'Uid:\t0\t0\t0\t0\nGid:\t0\t0\t0\t0\nGroups:'
	handled "$RIGHTS" --user=1000
	expect_match "$output" $'CapPrm:\t00000000a80425fb'
	handled "$RIGHTS"
	# The app itself is what it would be without.
	expect_equal "$(sed -n 10,18p <<<"$output")" "$(sed -n 1,9p <<<"$output")"
}

@test "apps without handlers have no keeper" {
	start_sleeper
	expect_equal "$(keeper)" ''
	expect_equal "$(cat /proc/"$(children_of "$(first_process)" | tr -d ' ')"/comm)" sleep
}

@test "nobody in the pod can look into the keeper, and the command is the leader of its process group" {
	make_app . "$(handler post-stop "$BEHIND")"
	start_handled 'echo "$PPID $$ $(cut -d" " -f5 /proc/$$/stat)"; for f in root cwd fd/0 mem environ maps; do cat /proc/$PPID/$f >/dev/null 2>&1 && echo "$f"; ls /proc/$PPID/$f/ >/dev/null 2>&1 && echo "$f"; done; echo end; exec sleep 1000'
	wait_until pod_printed end
	expect_equal "$(pod_output | wc -l)" 2
	read -r parent pid group <<<"$(pod_output | head -n 1)"
	expect_equal "$pid" "$group"
	[ "$parent" != "$pid" ] && [ "$parent" != 1 ]
	# It has kept what it takes to make commands, not what the app may not have.
	expect_match "$(cat "/proc/$(keeper)/status")" $'CapPrm:\t00000000a8[02]425fb'
	expect_match "$(ls "/proc/$(keeper)/fd")" $'^0\n1\n2$'
}

@test "a keeper that is killed takes the app with it" {
	make_app . "$(handler post-stop "$BEHIND")"
	local user child
	for user in 0 1000; do
		start_handled 'trap "" TERM; exec sleep 1000' --user=$user
		wait_until grep -qx sleep "/proc/$(children_of "$(keeper)" | tr -d ' ')/comm"
		child=$(children_of "$(keeper)" | tr -d ' ')
		kill -KILL "$(keeper)"
		wait_for_pod_end
		expect_equal "$status" 9
		has_ended "$child"
		expect_equal "$(pod_output)" ''
	done
	# Also while the pod goes on, by the other app.
	for user in 0 1000; do
		start_pod --insecure-options=image "$ACI" --name=web --exec=/bin/sh --user=$user -- -c 'exec sleep 1000' \
			--- "$BUSYBOX" --name=other --exec=/bin/sh -- -c 'trap "" TERM; sleep 1000'
		wait_until grep -qx sleep "/proc/$(children_of "$(keeper)" | tr -d ' ')/comm"
		child=$(children_of "$(keeper)" | tr -d ' ')
		kill -KILL "$(keeper)"
		wait_until has_ended "$child"
		[ "$(pod_state "$POD")" = running ]
		rkt stop --force "$POD" >/dev/null
		wait_for_pod_end
	done
}

@test "an app without a keeper that speaks as one is not heard, and holds nothing up" {
	# 36 is the number that the keepers' word has.
	start_pod "$BUSYBOX" --name=loud --exec=/bin/sh -- -c 'trap "echo stopped; exit 0" TERM; while :; do kill -36 1; done' \
		--- "$BUSYBOX" --name=quiet --exec=/bin/sleep -- 1000
	sleep 1
	expect_equal "$(find "$RKT_DATA/pods/run/$POD" -path '*rkt/restarts*')" ''
	rkt stop "$POD" >/dev/null
	wait_for_pod_end
	pod_output | grep -qx 'stopped'
}

@test "a program that has left its group is stopped and killed all the same" {
	cp "$BUILD/tests/functional/group-leaver" "$BATS_TEST_TMPDIR"
	start_pod "$BUSYBOX" --name=web --exec=/mnt/group-leaver --restart=always \
		--liveness=interval=100ms,failures=1,exec=/bin/false --mount volume=bin,target=/mnt \
		--volume=bin,kind=host,source="$BATS_TEST_TMPDIR",readOnly=true
	wait_until restarted web 1
}

@test "exec and enter have the app's rights, not its keeper's" {
	make_app . "$(handler post-stop "$BEHIND")"
	start_handled "$RIGHTS; exec sleep 1000" --user=1000 --group=1000 --caps-retain=CAP_CHOWN
	wait_until pod_printed $'Seccomp:\t2'
	expect_equal "$(rkt exec "$POD" sh -c "$RIGHTS")" "$(pod_output)"
	expect_match "$(rkt enter "$POD" /bin/sh -c "$RIGHTS")" $'CapBnd:\t0000000000000001\nNoNewPrivs:\t1\nSeccomp:\t2'
}

@test "sockets are for the app alone" {
	ACI=$BATS_TEST_TMPDIR/sockets.aci
	make_aci "$ACI" '.name = "example.com/sockets" | .app.ports = [{name: "web", protocol: "tcp", port: 9000, socketActivated: true}] | .app.eventHandlers =
		[{name: "pre-start", exec: ["/bin/sh", "-c", "echo before ${LISTEN_FDS:-none} ${LISTEN_PID:-none}; ls /proc/self/fd | wc -l"]}]'
	rkt_command
	systemd-socket-activate --listen=127.0.0.1:9000 "${RKT_COMMAND[@]}" --insecure-options=image run --net=host "$ACI" --exec=/bin/sh -- \
		-c '[ $$ = $LISTEN_PID ] && echo "app $LISTEN_FDS $(readlink /proc/self/fd/3 | sed s/:.*//)"' >"$BATS_TEST_TMPDIR/pod.out" 2>"$BATS_TEST_TMPDIR/pod.err" 3>&- </dev/null &
	POD_PID=$!
	wait_until bash -c 'exec 5<>/dev/tcp/127.0.0.1/9000'
	wait_for_pod_end
	expect_equal "$(pod_output)" $'before none none\n4\napp 1 socket'
}

# --- terminals ---------------------------------------------------------------------------------------

@test "interactive: each command has the terminal, and its keys" {
	make_app . "$(handler pre-start 'stty size; tty; read -r line; echo "before $line"')" "$(handler post-stop 'read -r line; echo "behind $line"')"
	rkt_command
	run timeout 60 "$BATS_TEST_DIRNAME/at-terminal" 33x77 "${RKT_COMMAND[@]}" --insecure-options=image run --net=none --interactive "$ACI" \
		--exec=/bin/sh -- -c 'trap "echo interrupted; exit 6" INT; echo app; read -r line; echo "app $line"; while :; do sleep 0.1; done' <<-'STEPS'
		wait 33 77
		wait /dev/pts/0
		type one\r
		wait before one
		wait app
		type two\r
		wait app two
		type \x03
		wait interrupted
		type three\r
		wait behind three
	STEPS
	expect_match "$output" 'status 6'
}

@test "a terminal of the app's own goes on from one start to the next" {
	start_pod "$BUSYBOX" --name=web --restart=always --stdin=tty --stdout=tty --exec=/bin/sh -- -c 'echo up; read -r line; echo "got $line"'
	rkt_command
	run timeout 60 "$BATS_TEST_DIRNAME/at-terminal" 33x77 "${RKT_COMMAND[@]}" attach "$POD" <<-'STEPS'
		type one\r
		wait got one
		wait up
		type two\r
		wait got two
		wait up
		type \x03
		wait up
		type \x1a
		type three\r
		wait got three
		signal TERM
	STEPS
	expect_match "$output" 'got three'
	wait_until restarted web 4
}

# --- restarts ----------------------------------------------------------------------------------------

# restarted APP N: at least so often.
restarted() {
	local n
	n=$(rkt status "$POD" | sed -n "s/^restarts-$1=//p")
	[ "${n:-0}" -ge "$2" ]
}

@test "restart=on-failure:N starts a failing app again N times, with growing delays, and its status is the last" {
	make_app . "$(handler pre-start "$BEFORE")" "$(handler post-stop "$BEHIND")"
	local begin
	begin=$(date +%s%N)
	handled 'n=$(cat /n 2>/dev/null); echo "run $n"; echo $((n + 1)) >/n; exit $((n + 10))' --restart=on-failure:2
	expect_status 12
	expect_equal "$output" $'before\nrun \nbehind\nbefore\nrun 1\nbehind\nbefore\nrun 2\nbehind'
	[ $(($(date +%s%N) - begin)) -gt 300000000 ]
	expect_match "$(rkt status "$POD")" $'restarts-web=2\napp-web=12'
	expect_equal "$(rkt status --format=json "$POD" | jq '.app_info // .apps | .[0].restarts')" 2
	rkt start "$POD" >/dev/null || true
	expect_match "$(rkt status "$POD")" $'restarts-web=2\napp-web=15'
	# The count is that of the run: this one has none.
	handled 'exit 0' --restart=on-failure:2
	refute_match "$(rkt status "$POD")" restarts
}

@test "an app that succeeds is started again by always, not by on-failure" {
	pod_sh 'echo run' --restart=on-failure
	expect_status 0
	expect_equal "$output" run
	pod_sh 'echo run; exit 3' --restart=no
	expect_status 3
	expect_equal "$output" run
	start_pod "$BUSYBOX" --name=web --restart=always --exec=/bin/echo -- run
	wait_until pod_printed_times run 4
	restarted web 3
	stop_and_wait
	expect_match "$(rkt status "$POD")" 'app-web=0'
}

@test "a pod is stopped while its app waits to be started again" {
	start_pod "$BUSYBOX" --name=web --restart=always --exec=/bin/sh -- -c 'echo run; exit 1' --- \
		"$BUSYBOX" --name=other --exec=/bin/sleep -- 1000
	# The next delay is 3.2 seconds then.
	wait_until pod_printed_times run 6
	sleep 0.3
	local begin
	begin=$(date +%s%N)
	stop_and_wait
	[ $(($(date +%s%N) - begin)) -lt 2000000000 ]
	expect_equal "$(pod_output | grep -c run)" 6
}

@test "an app that ends by the stop of its pod is not started again" {
	start_pod "$BUSYBOX" --name=web --restart=always --exec=/bin/sh -- -c 'trap "echo stopping; exit 1" TERM; echo run; sleep 1000 & wait'
	wait_until pod_printed run
	stop_and_wait
	expect_equal "$(pod_output)" $'run\nstopping'
}

@test "a failing pre-start is tried again by the policy" {
	make_app . "$(handler pre-start 'echo x >>/n; [ $(wc -l </n) = 3 ]')"
	handled 'wc -l </n' --restart=on-failure
	expect_status 0
	expect_equal "$output" 3
}

@test "a main process that is killed is started again" {
	start_pod "$BUSYBOX" --name=web --restart=on-failure --exec=/bin/sh -- -c 'echo run; exec sleep 1000'
	wait_until pod_printed run
	kill -KILL "$(children_of "$(keeper)" | tr -d ' ')"
	wait_until restarted web 1
	wait_until pod_printed_times run 2
	expect_equal "$(rkt status "$POD" | sed -n 's/^state=//p')" running
}

@test "an app that signals everything in the pod is started again, and others too" {
	start_pod "$BUSYBOX" --name=web --restart=always --exec=/bin/sh -- -c 'trap "" TERM; kill -TERM -1; kill -37 $PPID; exit 0' \
		--- "$BUSYBOX" --name=other --restart=always --exec=/bin/sleep -- 1000
	wait_until restarted web 2
	wait_until restarted other 1
	stop_and_wait
}

@test "an app that signals everything while others start ends none of them" {
	local others=() n
	for n in {1..8}; do
		others+=(--- "$BUSYBOX" --name="other$n" --restart=always --exec=/bin/sleep -- 1000)
	done
	for n in {1..10}; do
		start_pod "$BUSYBOX" --name=web --restart=always --exec=/bin/sh -- -c 'trap "" TERM; kill -TERM -1' "${others[@]}"
		stop_and_wait
	done
}

@test "added apps have handlers and restarts as others do, and app stop ends them" {
	local id_file=$BATS_TEST_TMPDIR/sandbox-uuid
	rkt_command
	"${RKT_COMMAND[@]}" app sandbox --uuid-file-save="$id_file" --net=none >"$BATS_TEST_TMPDIR/pod.out" 2>"$BATS_TEST_TMPDIR/pod.err" 3>&- </dev/null &
	POD_PID=$!
	wait_until test -s "$id_file"
	POD=$(<"$id_file")
	rkt status --wait-ready=20s "$POD" >/dev/null
	make_app '.name = "example.com/added"' "$(handler pre-start "$BEFORE")" "$(handler post-stop "$BEHIND")"
	rkt --insecure-options=image fetch "$ACI" >/dev/null
	rkt app add "$POD" example.com/added --name=web --restart=always --memory=64M --exec=/bin/sh -- -c 'trap "echo stopping; exit 3" TERM; echo run; [ ! -e /once ] || { sleep 1000 & wait; }; >/once'
	rkt app start "$POD" --app=web
	wait_until pod_printed_times run 2
	wait_until app_restarted 1
	rkt app stop "$POD" --app=web
	expect_equal "$(pod_output)" $'before\nrun\nbehind\nbefore\nrun\nstopping\nbehind'
	expect_match "$(rkt app status "$POD" --app=web)" $'exit_code=3\nrestarts=1'
	rkt app start "$POD" --app=web
	wait_until pod_printed_times run 3
	refute_match "$(rkt app status "$POD" --app=web)" restarts
	rkt app stop "$POD" --app=web
	rkt app rm "$POD" --app=web
	[ ! -e "$RKT_DATA/pods/run/$POD/stage1/rootfs/rkt/restarts/web" ]
}

app_restarted() {
	rkt app status "$POD" --app=web | grep -qx "restarts=$1"
}

@test "the plan shows handlers and policy, and a wrong policy is refused before anything is made" {
	make_app . "$(handler pre-start "$BEFORE")"
	run --separate-stderr rkt --insecure-options=image run --dry-run --net=none "$ACI" --name=web --restart=on-failure:3
	expect_match "$output" 'app web: .*; restart on-failure, 3 times at most'
	expect_match "$output" $'pre-start of web, behind the first [0-9]+ of its operations\n.*identity uid 0 gid 0\n.*exec /bin/sh arguments /bin/sh -c "echo before"'
	run --separate-stderr rkt run --dry-run --net=none "$BUSYBOX" --restart=sometimes
	expect_status 254
	expect_match "$stderr" 'invalid argument "sometimes" for --restart: invalid restart policy "sometimes": must be one of no, on-failure, on-failure:N'
}

# --- liveness ----------------------------------------------------------------------------------------

PROBES=interval=100ms,timeout=2s,failures=2

@test "liveness: an app whose probes fail is stopped in order, has failed, and is started again by its policy" {
	local probe
	for probe in 'exec=/bin/test -e /alive' tcp=8000 http=8000/alive; do
		pod --uuid-file-save="$BATS_TEST_TMPDIR/uuid" "$BUSYBOX" --name=web --liveness="$PROBES,$probe" --restart=on-failure:1 --exec=/bin/sh -- \
			-c 'trap "echo stopping; exit 0" TERM; echo run; sleep 1000 & wait'
		expect_status 1
		expect_equal "$(grep -c liveness <<<"$output")" 2
		expect_equal "$(grep -v liveness <<<"$output")" $'run\nstopping\nrun\nstopping'
		expect_match "$(rkt status --uuid-file="$BATS_TEST_TMPDIR/uuid")" $'restarts-web=1\napp-web=1'
		rm "$BATS_TEST_TMPDIR/uuid"
	done
}

@test "liveness: an app whose probes succeed goes on, and its status is its own" {
	local probe
	for probe in 'exec=/bin/test -e /www/alive' tcp=8000 http=8000/alive; do
		start_pod "$BUSYBOX" --name=web --liveness="$PROBES,delay=1s,$probe" --exec=/bin/sh -- -c 'mkdir /www; echo yes >/www/alive; exec httpd -f -p 8000 -h /www'
		sleep 2.5
		pod_has_state "$POD" running
		# Until they fail.
		[ "$probe" = tcp=8000 ] || {
			rkt exec "$POD" rm /www/alive
			wait_for_pod_end
			expect_equal "$status" 15
			expect_match "$(pod_output)" 'app web does not answer its liveness probe \(tries: 2\), and is stopped'
			continue
		}
		stop_and_wait
		refute_match "$(pod_output)" liveness
	done
}

@test "liveness: rkt logs tells which app has got stuck" {
	POD=$(rkt run --detach --net=none "$BUSYBOX" --name=web --liveness="interval=100ms,failures=1,exec=/bin/false" --exec=/bin/sleep -- 1000)
	rkt status --wait=20s "$POD" >/dev/null
	run --separate-stderr rkt logs "$POD"
	expect_equal "$output" ''
	expect_match "$stderr" 'app web does not answer its liveness probe \(tries: 1\), and is stopped'
}

has_probed() {
	[ "$(rkt exec "$POD" sh -c 'wc -l </n')" -ge "$1" ]
}

@test "liveness: a failure between successes is none, and a probe that takes too long is one" {
	start_pod "$BUSYBOX" --name=web --liveness="interval=100ms,timeout=400ms,failures=3,exec=/bin/sh -c /probe" --exec=/bin/sh -- -c '
		echo "echo x >>/n; [ \$((\$(wc -l </n) % 3)) = 0 ]" >/tmp/probe; (echo "#!/bin/sh"; cat /tmp/probe) >/new; chmod +x /new; mv /new /probe; exec sleep 1000'
	wait_until has_probed 10
	pod_has_state "$POD" running
	rkt exec "$POD" sh -c 'printf "#!/bin/sh\nexec sleep 1000\n" >/new; chmod +x /new; mv /new /probe'
	wait_for_pod_end
	expect_equal "$status" 15
}

@test "liveness: an app that does not end is killed after a while; a stop is not held up" {
	start_pod "$BUSYBOX" --name=web --liveness="$PROBES,exec=/bin/false" --exec=/bin/sh -- -c 'trap "echo term" TERM; while :; do sleep 1; done'
	wait_for_pod_end
	expect_equal "$status" 9
	expect_equal "$(pod_output | grep -c '^term')" 1
	start_pod "$BUSYBOX" --name=web --liveness="interval=100ms,timeout=1h,exec=/bin/sleep 1000" --exec=/bin/sleep -- 1000
	sleep 0.5
	stop_and_wait
}

@test "liveness: a probe that cannot even be killed is one that fails" {
	local tracer
	trace_who_sleeps 777
	start_pod "$BUSYBOX" --name=web --liveness="interval=100ms,timeout=1s,failures=2,exec=/bin/sleep 777" --exec=/bin/sleep -- 1000
	wait_until grep -q 'does not answer its liveness probe (tries: 2)' "$BATS_TEST_TMPDIR/pod.out"
	kill "$tracer"
	wait_for_pod_end
	expect_equal "$status" 15
}

@test "liveness: the probe is what the app is, without its terminal, streams and sockets" {
	pod --insecure-options=image "$BUSYBOX" --name=web --user=1000 --group=1000 --caps-retain=CAP_CHOWN --working-dir=/tmp \
		--liveness="delay=0,interval=100ms,exec=/bin/sh /tmp/probe" --exec=/bin/sh -- -c "
		echo 'echo noise; echo noise >&2; [ -e /tmp/fds ] || { $RIGHTS >/tmp/found; ls -l /proc/self/fd >/tmp/new; mv /tmp/new /tmp/fds; }' >/tmp/probe
		until [ -e /tmp/fds ]; do sleep 0.1; done; sleep 0.3; $RIGHTS | cmp - /tmp/found && echo same; grep -c /dev/null /tmp/fds; grep -v /dev/null /tmp/fds | wc -l"
	expect_status 0
	expect_equal "$output" $'same\n2\n3'
}

@test "liveness: what is wrong is refused before anything is made" {
	run --separate-stderr rkt run --dry-run --net=none "$BUSYBOX" --liveness=interval=1s
	expect_status 254
	expect_match "$stderr" 'invalid argument "interval=1s" for --liveness: invalid liveness probe "interval=1s": there is nothing to probe'
	expect_match "$stderr" 'hint: it is .interval=10s,.*exec=PROGRAM'
	run --separate-stderr rkt run --dry-run --net=none "$BUSYBOX" --liveness=exec=nonesuch
	expect_status 254
	expect_match "$stderr" 'liveness probe: unable to find "nonesuch"'
	run --separate-stderr rkt run --dry-run --net=none "$BUSYBOX" --name=web --liveness=http=80/x
	expect_match "$output" 'app web: .*; probed each 10000 ms, for 1000 ms, after 10000 ms; stuck after 3 failures'
	expect_match "$output" $'\tconnect /x port 80'
}

# --- together ----------------------------------------------------------------------------------------

@test "a pod of many apps with keepers that end at once is ready, whoever is first" {
	local -a apps=()
	local i
	for i in {1..24}; do
		apps+=("$BUSYBOX" --name="short-$i" --restart=on-failure --exec=/bin/true ---)
	done
	for i in {1..3}; do
		start_pod "${apps[@]}" "$BUSYBOX" --name=long --exec=/bin/sleep -- 1000
		stop_and_wait
	done
}

@test "a pod that is stopped as soon as it is there ends at once" {
	local i begin
	for i in {1..10}; do
		begin "$BUSYBOX" --name=web --restart=always --exec=/bin/sleep -- 1000 --- "$BUSYBOX" --name=other --exec=/bin/sleep -- 1000
		rm "$BATS_TEST_TMPDIR/begun"
		wait_until test -s "$RKT_DATA/pods/run/$POD/ppid"
		sleep "0.0$i"
		begin=$(date +%s)
		kill -TERM "$POD_PID"
		wait_for_pod_end
		[ $(($(date +%s) - begin)) -lt 10 ]
	done
}
