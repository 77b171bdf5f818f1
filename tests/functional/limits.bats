# SPDX-License-Identifier: Apache-2.0
# Limits of resources, on the ways in which a host can arrange its control groups. A host that cannot be made to look
# like one of them, or whose hierarchies lack a controller, skips what needs it.

load lib

setup_file() {
	common_setup_file
}

teardown() {
	common_teardown
}

# use_host MODE [CONTROLLER...]: the rest of the test is on such a host, which has these controllers.
use_host() {
	local controller
	HOST=$1
	# What the host is already costs no arranging, which is slow where the processor is emulated.
	[ "$HOST" = "$(host_mode)" ] || RKT_HOST=$HOST
	shift
	on_host true 2>/dev/null || skip "this host's control groups cannot be arranged as $HOST"
	for controller; do
		case $HOST in
		v2) on_host grep -qw "$controller" /sys/fs/cgroup/cgroup.controllers ;;
		*) on_host findmnt -n -t cgroup "/sys/fs/cgroup/$controller" >/dev/null ;;
		esac || skip "controller $controller cannot be had on this host arranged as $HOST"
	done
}

# file_of APP V1_FILE V2_FILE: what is in a file of the cgroup of an app of the pod in POD.
file_of() {
	local file=$2
	[ "$HOST" != v2 ] || file=$3
	on_host find /sys/fs/cgroup -path "*/rkt-$POD/app-$1/$file" -exec cat {} +
}

# expect_no_cgroups POD
expect_no_cgroups() {
	expect_equal "$(on_host find /sys/fs/cgroup -depth -type d -path "*/rkt-$1*")" ""
}

limits_are_set() {
	use_host "$1" memory cpu pids
	start_pod "$BUSYBOX" --memory=64Mi --cpu=250m --cpu-shares=512 --pids-limit=77 --exec=/bin/sleep -- 1000
	expect_equal "$(file_of busybox memory.limit_in_bytes memory.max)" 67108864
	expect_equal "$(file_of busybox cpu.cfs_quota_us cpu.max | cut -d ' ' -f 1)" 25000
	if [ "$1" = v2 ]; then
		expect_equal "$(file_of busybox - cpu.max)" "25000 100000"
	else
		expect_equal "$(file_of busybox cpu.cfs_period_us -)" 100000
	fi
	expect_equal "$(file_of busybox cpu.shares cpu.weight)" "$([ "$1" = v2 ] && echo 20 || echo 512)"
	expect_equal "$(file_of busybox pids.max pids.max)" 77
	expect_equal "$(file_of busybox cgroup.procs cgroup.procs | sort -u | wc -l)" 1
}

@test "v1: limits are set in cgroups of the app's own" {
	limits_are_set v1
}

@test "hybrid: limits are set in cgroups of the app's own" {
	limits_are_set hybrid
}

@test "v2: limits are set in a cgroup of the app's own" {
	limits_are_set v2
	# The app sees no more of the hierarchy than its own cgroup.
	expect_equal "$(rkt enter "$POD" /bin/grep ^0:: /proc/self/cgroup)" 0::/
}

# The shell's variable doubles until there is no more memory.
hog='x=0123456789; while :; do x=$x$x; done'

memory_is_limited() {
	use_host "$1" memory
	pod --uuid-file-save="$BATS_TEST_TMPDIR/uuid" "$BUSYBOX" --memory=16M --exec=/bin/sh -- -c "$hog"
	expect_status 9
	run rkt status --uuid-file="$BATS_TEST_TMPDIR/uuid"
	expect_match "$output" $'\napp-busybox=9\n'
	expect_match "$output"$'\n' $'\noom_killed=busybox\n'
	expect_equal "$(rkt status --format=json --uuid-file="$BATS_TEST_TMPDIR/uuid" | jq -c '.apps[0] | [.exit_code, .oom_killed]')" \
		'[9,true]'
	expect_no_cgroups "$(<"$BATS_TEST_TMPDIR/uuid")"
}

@test "v1: an app that uses up its memory is killed, and its status says why" {
	memory_is_limited v1
}

@test "hybrid: an app that uses up its memory is killed, and its status says why" {
	memory_is_limited hybrid
}

@test "v2: an app that uses up its memory is killed, and its status says why" {
	memory_is_limited v2
}

@test "a limit too low to start with kills the app alone, not the pod's first process" {
	use_host "$(host_mode)" memory
	pod --uuid-file-save="$BATS_TEST_TMPDIR/uuid" "$BUSYBOX" --memory=4096 --exec=/bin/true
	expect_status 9
	expect_match "$(rkt status --uuid-file="$BATS_TEST_TMPDIR/uuid")" $'\napp-busybox=9\noom_killed=busybox'
}

# The way in which this host is arranged without changing anything.
host_mode() {
	case $(stat -f -c %T /sys/fs/cgroup) in
	cgroup2fs) echo v2 ;;
	*) [ -d /sys/fs/cgroup/unified ] && echo hybrid || echo v1 ;;
	esac
}

@test "an app that is killed for its memory is started again, and its status tells both" {
	use_host "$(host_mode)" memory
	pod --uuid-file-save="$BATS_TEST_TMPDIR/uuid" "$BUSYBOX" --name=web --memory=16M --restart=on-failure:1 --exec=/bin/sh -- \
		-c "[ ! -e /once ] || exit 7; >/once; $hog"
	expect_status 7
	expect_match "$(rkt status --uuid-file="$BATS_TEST_TMPDIR/uuid")" $'\nrestarts-web=1\napp-web=7\noom_killed=web'
	expect_no_cgroups "$(<"$BATS_TEST_TMPDIR/uuid")"
}

@test "killed for its memory: an app is killed by itself, the others are stopped in order" {
	use_host "$(host_mode)" memory
	mkfifo "$BATS_TEST_TMPDIR/fifo"
	pod --uuid-file-save="$BATS_TEST_TMPDIR/uuid" --volume=v,kind=host,source="$BATS_TEST_TMPDIR" --mount=volume=v,target=/v \
		"$BUSYBOX" --name=hog --memory=16M --exec=/bin/sh -- -c "read go </v/fifo; $hog" --- \
		"$BUSYBOX" --name=calm --memory=32M --exec=/bin/sh -- \
		-c 'trap "echo stopped in order; exit 0" TERM; echo go >/v/fifo; while :; do sleep 0.1; done'
	expect_status 9
	expect_match "$output" 'stopped in order'
	run rkt status --uuid-file="$BATS_TEST_TMPDIR/uuid"
	expect_match "$output" 'app-hog=9'
	expect_match "$output" 'app-calm=0'
	expect_match "$output" 'oom_killed=hog'
	refute_match "$output" 'oom_killed=calm'
}

@test "an app that ends by SIGKILL within its limit was not killed for its memory" {
	use_host "$(host_mode)" memory
	pod --uuid-file-save="$BATS_TEST_TMPDIR/uuid" "$BUSYBOX" --memory=16M --exec=/bin/sh -- -c 'kill -KILL $$'
	expect_status 9
	refute_match "$(rkt status --uuid-file="$BATS_TEST_TMPDIR/uuid")" oom_killed
}

was_throttled() {
	file_of busybox cpu.stat cpu.stat | grep -q '^nr_throttled [1-9]'
}

cpu_is_limited() {
	use_host "$1" cpu
	start_pod "$BUSYBOX" --cpu=100m --exec=/bin/sh -- -c 'while :; do :; done'
	wait_until was_throttled
}

@test "v1: an app above its CPU quota is throttled" {
	cpu_is_limited v1
}

@test "hybrid: an app above its CPU quota is throttled" {
	cpu_is_limited hybrid
}

@test "v2: an app above its CPU quota is throttled" {
	cpu_is_limited v2
}

@test "a hundred cores, as schedulers say it, are a quota like any other" {
	use_host "$(host_mode)" cpu
	pod "$BUSYBOX" --cpu=100 --exec=/bin/echo -- fine
	expect_status 0
	expect_equal "$output" fine
}

processes_are_limited() {
	use_host "$1" pids
	pod_sh 'i=0; while [ $i -lt 30 ]; do sleep 1000 & i=$((i + 1)); done' --pids-limit=10
	expect_status 2
	expect_match "$output$stderr" "can't fork: Resource temporarily unavailable"
	pod_sh 'i=0; while [ $i -lt 8 ]; do sleep 1000 & i=$((i + 1)); done; echo forked' --pids-limit=10
	expect_status 0
	expect_equal "$output" forked
}

@test "v1: beyond its limit of processes an app cannot fork" {
	processes_are_limited v1
}

@test "hybrid: beyond its limit of processes an app cannot fork" {
	processes_are_limited hybrid
}

@test "v2: beyond its limit of processes an app cannot fork" {
	processes_are_limited v2
}

enter_is_limited() {
	use_host "$1" memory pids
	start_pod "$BUSYBOX" --memory=16M --pids-limit=5 --exec=/bin/sleep -- 1000
	# One of the app's, one of its cgroups.
	expect_equal "$(rkt enter "$POD" /bin/cat /proc/self/cgroup | grep -v :name=)" \
		"$(rkt enter "$POD" /bin/cat /proc/2/cgroup | grep -v :name=)"
	run rkt enter "$POD" /bin/sh -c "$hog"
	expect_status 137
	# The app itself lives on.
	expect_equal "$(pod_state "$POD")" running
	run rkt enter "$POD" /bin/sh -c 'i=0; while [ $i -lt 9 ]; do sleep 1000 >/dev/null 2>&1 & i=$((i + 1)); done'
	expect_match "$output" "can't fork"
}

@test "v1: limits hold for what is entered" {
	enter_is_limited v1
}

@test "hybrid: limits hold for what is entered" {
	enter_is_limited hybrid
}

@test "v2: limits hold for what is entered" {
	enter_is_limited v2
}

killed_leaves_nothing() {
	use_host "$1" memory cpu
	start_pod "$BUSYBOX" --memory=64M --cpu=1 --exec=/bin/sleep -- 1000
	[ -n "$(on_host find /sys/fs/cgroup -path "*/rkt-$POD/app-busybox" -type d)" ]
	kill -KILL "$POD_PID"
	wait_for_pod_end
	rkt rm "$POD"
	expect_no_cgroups "$POD"
}

@test "v1: the apps' cgroups of a pod whose supervisor was killed are removed with it" {
	killed_leaves_nothing v1
}

@test "hybrid: the apps' cgroups of a pod whose supervisor was killed are removed with it" {
	killed_leaves_nothing hybrid
}

@test "v2: the apps' cgroups of a pod whose supervisor was killed are removed with it" {
	killed_leaves_nothing v2
}

@test "of several apps each has its own limits, and an app without any has no cgroup" {
	use_host "$(host_mode)" memory
	start_pod "$BUSYBOX" --name=small --memory=16M --exec=/bin/sleep -- 1000 --- \
		"$BUSYBOX" --name=large --memory=32M --exec=/bin/sleep -- 1000 --- \
		"$BUSYBOX" --name=free --exec=/bin/sleep -- 1000
	expect_equal "$(file_of small memory.limit_in_bytes memory.max)" 15998976
	expect_equal "$(file_of large memory.limit_in_bytes memory.max)" 31997952
	expect_equal "$(on_host find /sys/fs/cgroup -path "*/rkt-$POD/app-free")" ""
}

@test "limits of a prepared pod hold when it runs" {
	use_host "$(host_mode)" memory
	prepare_pod "$BUSYBOX" --memory=16M --exec=/bin/sh -- -c "$hog"
	run --separate-stderr rkt run-prepared --net=none "$POD"
	expect_status 9
	expect_match "$(rkt status "$POD")" oom_killed=busybox
}

@test "limits that an image brings along hold, and a flag replaces them" {
	use_host "$(host_mode)" memory
	make_aci "$BATS_TEST_TMPDIR/limited.aci" '.name = "example.com/limited" | .app.isolators = [
		{"name": "resource/memory", "value": {"default": false, "limit": "16M"}}]'
	rkt --insecure-options=image fetch "$BATS_TEST_TMPDIR/limited.aci" >/dev/null
	pod example.com/limited --exec=/bin/sh -- -c "$hog"
	expect_status 9
	start_pod example.com/limited --memory=32Mi --exec=/bin/sleep -- 1000
	expect_equal "$(file_of limited memory.limit_in_bytes memory.max)" 33554432
}

@test "a limit that no controller can enforce is a warning that says why" {
	use_host bare
	pod "$BUSYBOX" --memory=64M --cpu=2 --cpu-shares=512 --exec=/bin/echo -- fine
	expect_status 0
	expect_equal "$output" fine
	for isolator in resource/memory resource/cpu os/linux/cpu-shares; do
		expect_match "$stderr" "warning: $isolator isolator set but support disabled in the kernel, skipping"
	done
	expect_match "$stderr" 'app "busybox": no cgroup hierarchy of controller "memory" is mounted at /sys/fs/cgroup'
}

@test "v2 without controllers: limits are a warning that says why" {
	use_host v2
	! on_host grep -qw memory /sys/fs/cgroup/cgroup.controllers || skip "the unified hierarchy has its controllers here"
	pod "$BUSYBOX" --memory=64M --exec=/bin/echo -- fine
	expect_status 0
	expect_match "$stderr" 'warning: resource/memory isolator set but support disabled in the kernel, skipping'
	expect_match "$stderr" "neither the caller's cgroup nor one above can give controller \"memory\" to its children"
}

@test "v2: in the hierarchy's root a pod gets a default limit of processes" {
	local own=/sys/fs/cgroup/cgroup.procs
	[ "$(host_mode)" = v2 ] || skip "this host's controllers are not in the unified hierarchy"
	[ ! -e /proc/1/root/sys/fs/cgroup/cgroup.type ] || skip "the hierarchy's root cannot be seen from here"
	rkt_command
	run nsenter --target 1 --mount --cgroup bash -c 'echo $$ >'$own'; exec "$@" >/dev/null' bash "${RKT_COMMAND[@]}" run --net=none \
		--uuid-file-save="$BATS_TEST_TMPDIR/uuid" "$BUSYBOX" --exec=/bin/sh -- -c true
	expect_status 0
	run nsenter --target 1 --mount --cgroup bash -c 'echo $$ >'$own'; exec "$@"' bash "${RKT_COMMAND[@]}" run --dry-run --net=none "$BUSYBOX"
	expect_match "$output" 'write /sys/fs/cgroup/rkt-pods-[0-9a-f]*/rkt-[0-9a-f-]*/pids.max [0-9]+'
	rmdir /proc/1/root/sys/fs/cgroup/rkt-pods-*
}

@test "a memory limit below a page is refused" {
	run --separate-stderr rkt run --net=none "$BUSYBOX" --memory=1000
	expect_status 254
	expect_match "$stderr" 'memory limit of 1000 bytes too low'
}

@test "oom-score-adj is set" {
	pod "$BUSYBOX" --oom-score-adj=321 --exec=/bin/cat -- /proc/self/oom_score_adj
	expect_equal "$output" 321
}

# add_app NAME SCRIPT FLAGS...: adds a shell to the sandbox in POD.
add_app() {
	local name=$1 script=$2
	shift 2
	rkt app add "$POD" "$BUSYBOX" --name="$name" --exec=/bin/sh "$@" -- -c "$script"
}

app_is() {
	rkt app status "$POD" --app="$1" | grep -qx "state=$2"
}

# start_sandbox: a pod without apps, in the background.
start_sandbox() {
	rkt_command
	"${RKT_COMMAND[@]}" app sandbox --uuid-file-save="$BATS_TEST_TMPDIR/sandbox" --net=none \
		>"$BATS_TEST_TMPDIR/pod.out" 2>"$BATS_TEST_TMPDIR/pod.err" 3>&- </dev/null &
	POD_PID=$!
	wait_until test -s "$BATS_TEST_TMPDIR/sandbox"
	POD=$(<"$BATS_TEST_TMPDIR/sandbox")
	rkt status --wait-ready=20s "$POD" >/dev/null
}

# Everything that the cgroups of an app are called.
cgroups_of() {
	on_host find /sys/fs/cgroup -type d -path "*/rkt-$POD/app-$1"
}

added_is_limited() {
	use_host "$1" memory cpu pids
	start_sandbox
	run --separate-stderr add_app web 'exec sleep 1000' --memory=64Mi --cpu=250m --cpu-shares=512 --pids-limit=77
	expect_status 0
	expect_equal "$stderr" ""
	rkt app start "$POD" --app=web
	app_is web running
	expect_equal "$(file_of web memory.limit_in_bytes memory.max)" 67108864
	expect_equal "$(file_of web cpu.cfs_quota_us cpu.max | cut -d ' ' -f 1)" 25000
	expect_equal "$(file_of web cpu.shares cpu.weight)" "$([ "$1" = v2 ] && echo 20 || echo 512)"
	expect_equal "$(file_of web pids.max pids.max)" 77
	expect_equal "$(file_of web cgroup.procs cgroup.procs | sort -u | wc -l)" 1
	# Who enters the app is limited, too.
	run rkt app exec --app=web "$POD" /bin/sh -c 'i=0; while [ $i -lt 90 ]; do sleep 1000 >/dev/null 2>&1 & i=$((i + 1)); done'
	expect_match "$output" "can't fork"
	rkt app rm "$POD" --app=web
	expect_equal "$(cgroups_of web)" ""
	add_app web 'exec sleep 1000' --memory=32Mi
	rkt app start "$POD" --app=web
	expect_equal "$(file_of web memory.limit_in_bytes memory.max)" 33554432
	rkt stop "$POD"
	wait_for_pod_end
	expect_no_cgroups "$POD"
}

@test "v1: limits of an app that is added hold, and go with it" {
	added_is_limited v1
}

@test "hybrid: limits of an app that is added hold, and go with it" {
	added_is_limited hybrid
}

@test "v2: limits of an app that is added hold, and go with it" {
	added_is_limited v2
}

added_is_killed() {
	use_host "$1" memory
	start_sandbox
	add_app hog "[ ! -e /again ] || exit 4; $hog" --memory=16M
	add_app calm 'exec sleep 1000' --memory=32M
	add_app free 'exec sleep 1000'
	rkt app start "$POD" --app=calm
	rkt app start "$POD" --app=free
	rkt app start "$POD" --app=hog
	wait_until app_is hog exited
	app_is calm running
	app_is free running
	expect_match "$(rkt app status "$POD" --app=hog)" $'\nexit_code=9\noom_killed=true'
	expect_equal "$(rkt app status "$POD" --app=hog --format=json | jq .oom_killed)" true
	refute_match "$(rkt app status "$POD" --app=calm)" oom_killed
	expect_equal "$(cgroups_of hog)" ""
	# Of another run only that is told.
	touch "$RKT_DATA/pods/run/$POD/overlay/hog.upper/again"
	rkt app start "$POD" --app=hog
	wait_until app_is hog exited
	expect_match "$(rkt app status "$POD" --app=hog)" $'\nexit_code=4$'
}

@test "v1: an added app that uses up its memory is killed alone, and its status says why" {
	added_is_killed v1
}

@test "hybrid: an added app that uses up its memory is killed alone, and its status says why" {
	added_is_killed hybrid
}

@test "v2: an added app that uses up its memory is killed alone, and its status says why" {
	added_is_killed v2
}

@test "limits that an image brings along hold for an app that is added, wherever the caller is" {
	local own
	use_host "$(host_mode)" memory
	make_aci "$BATS_TEST_TMPDIR/small.aci" '.name = "example.com/small" | .app.isolators = [
		{"name": "resource/memory", "value": {"default": false, "limit": "16M"}}]'
	rkt --insecure-options=image fetch "$BATS_TEST_TMPDIR/small.aci" >/dev/null
	start_sandbox
	own=/sys/fs/cgroup/memory
	[ "$HOST" != v2 ] || own=/sys/fs/cgroup
	mkdir "$own/elsewhere"
	rkt_command
	run bash -c 'echo $$ >'"$own"'/elsewhere/cgroup.procs; exec "$@"' bash "${RKT_COMMAND[@]}" app add "$POD" example.com/small \
		--exec=/bin/sh -- -c "$hog"
	expect_status 0
	run bash -c 'echo $$ >'"$own"'/elsewhere/cgroup.procs; exec "$@"' bash "${RKT_COMMAND[@]}" app start "$POD" --app=small
	expect_status 0
	wait_until app_is small exited
	rmdir "$own/elsewhere"
	expect_match "$(rkt app status "$POD" --app=small)" 'oom_killed=true'
}

@test "a limit of an added app that no controller can enforce is a warning that says why" {
	use_host bare
	start_sandbox
	run --separate-stderr add_app web 'exec sleep 1000' --memory=64M
	expect_status 0
	expect_match "$stderr" 'warning: resource/memory isolator set but support disabled in the kernel, skipping'
	expect_match "$stderr" 'app "web": the pod.s cgroups were made without controller "memory"'
	rkt app start "$POD" --app=web
	app_is web running
}
