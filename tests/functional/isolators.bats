# SPDX-License-Identifier: Apache-2.0
# Isolators that an image brings along or a flag sets, but for limits of resources (limits.bats) and what privileges.bats has.

load lib

setup_file() {
	common_setup_file
}

teardown() {
	common_teardown
}

# image_with NAME ISOLATORS: stores example.com/NAME, the busybox image with these isolators.
image_with() {
	make_aci "$BATS_TEST_TMPDIR/$1.aci" ".name = \"example.com/$1\" | .app.isolators = [$2]"
	rkt --insecure-options=image fetch "$BATS_TEST_TMPDIR/$1.aci"
}

@test "a set of systemd's is filtered like the system calls in it" {
	pod_sh 'ping -c 1 127.0.0.1 2>&1; echo on' --seccomp=mode=remove,errno=ENOSYS,@systemd/network-io
	expect_status 0
	expect_match "$output" 'Function not implemented'
	expect_match "$output" $'\non$'
	pod_sh 'ping -c 1 127.0.0.1 >/dev/null 2>&1; echo $?' --seccomp=mode=remove,errno=ENOSYS,@systemd/mount,@systemd/clock
	expect_equal "$output" 0
}

@test "sets of system calls in a retain set are allowed together" {
	pod "$BUSYBOX" --seccomp=mode=retain,@docker/default-whitelist,@systemd/process,@systemd/mount --caps-retain=CAP_SYS_ADMIN \
		--exec=/bin/unshare -- -m /bin/echo unshared
	expect_status 0
	expect_equal "$output" unshared
}

@test "retain with @appc.io/all sets no filter, remove with @appc.io/empty the default one" {
	pod "$BUSYBOX" --seccomp=mode=retain,@appc.io/all --exec=/bin/grep -- ^Seccomp: /proc/self/status
	expect_match "$output" '0$'
	pod "$BUSYBOX" --seccomp=mode=remove,@appc.io/empty --exec=/bin/grep -- ^Seccomp: /proc/self/status
	expect_match "$output" '2$'
	pod "$BUSYBOX" --seccomp=mode=remove,@appc.io/empty --exec=/bin/unshare -- -m /bin/true
	expect_status 31
}

@test "a set of system calls that nobody knows is passed over" {
	pod_sh 'echo on' --seccomp=mode=remove,@who/knows,mount
	expect_status 0
	expect_equal "$output" on
}

@test "the no-new-privileges isolator is set where no filter asks for it" {
	image_with careful '{"name": "os/linux/no-new-privileges", "value": true}'
	run --separate-stderr rkt --insecure-options=seccomp run --net=none example.com/careful --exec=/bin/grep -- NoNewPrivs /proc/self/status
	expect_match "$output" '1$'
	image_with careless '{"name": "os/linux/no-new-privileges", "value": false}'
	run --separate-stderr rkt --insecure-options=seccomp run --net=none example.com/careless --exec=/bin/grep -- NoNewPrivs /proc/self/status
	expect_match "$output" '0$'
}

@test "isolators that have no effect are kept and change nothing" {
	image_with rich '
		{"name": "resource/block-bandwidth", "value": {"default": true, "limit": "2M"}},
		{"name": "resource/block-iops", "value": {"default": true, "limit": "1000"}},
		{"name": "resource/network-bandwidth", "value": {"default": true, "limit": "1G"}},
		{"name": "os/linux/selinux-context", "value": {"user": "u", "role": "r", "type": "t", "level": "s0"}},
		{"name": "os/linux/apparmor-profile", "value": {"profile": "docker-default"}},
		{"name": "os/unix/sysctl", "value": {"net.ipv4.ip_forward": "1"}}'
	start_pod example.com/rich --exec=/bin/sleep -- 1000
	expect_equal "$(rkt enter "$POD" /bin/cat /proc/sys/net/ipv4/ip_forward)" "$(unshare --net cat /proc/sys/net/ipv4/ip_forward)"
	expect_equal "$(rkt image cat-manifest example.com/rich | jq -c '[.app.isolators[].name]')" \
		'["resource/block-bandwidth","resource/block-iops","resource/network-bandwidth","os/linux/selinux-context","os/linux/apparmor-profile","os/unix/sysctl"]'
}

@test "an isolator that the schema does not know, or whose value it does not allow, is refused by its place" {
	run image_with a '{"name": "resource/luck", "value": 1}'
	[ "$status" -ne 0 ]
	expect_match "$output" 'app.isolators\[0\].name.*"resource/luck".*a known isolator'
	run image_with b '{"name": "os/linux/cpu-shares", "value": 100}, {"name": "resource/memory", "value": {"default": false, "limit": "much"}}'
	[ "$status" -ne 0 ]
	expect_match "$output" 'app.isolators\[1\].value.limit.*"much".*is not a quantity such as'
	run image_with c '{"name": "resource/cpu", "value": {"default": true, "limit": "1"}}'
	[ "$status" -ne 0 ]
	expect_match "$output" 'app.isolators\[0\].value.default.*must be false'
	run image_with d '{"name": "os/linux/cpu-shares", "value": 1}'
	[ "$status" -ne 0 ]
	expect_match "$output" 'app.isolators\[0\].value.*2.*262144'
	run image_with e '{"name": "resource/pids", "value": 0}'
	[ "$status" -ne 0 ]
	expect_match "$output" 'app.isolators\[0\].value.*1.*4194304'
}

@test "what is wrong with a limit's flag is told with the flag, the value and what would be right" {
	refused() {
		run rkt run --net=none "$BUSYBOX" "$1"
		expect_status 254
		expect_match "$output" "$2"
	}
	refused --memory=4095 'invalid argument "4095" for --memory: memory limit of 4095 bytes too low. Try a reasonable value, such as --memory=16M'
	refused --memory=much 'invalid argument "much" for --memory: must be a quantity of bytes, such as 16M'
	refused --cpu=0 'invalid argument "0" for --cpu: must be a quantity of cores, such as 2 or 500m'
	refused --cpu-shares=1 'invalid argument "1" for --cpu-shares: must be a number from 2 to 262144'
	refused --pids-limit=0 'invalid argument "0" for --pids-limit: must be a number from 1 to 4194304'
	refused --oom-score-adj=1001 'invalid argument "1001" for --oom-score-adj: must be a number from -1000 to 1000'
}
