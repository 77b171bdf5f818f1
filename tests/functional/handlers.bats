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
	make_aci "$ACI" "$(printf '%s\n' "$@" | jq -cs '".app.eventHandlers = \(.)"' -r) | $filter"
}

# handled SCRIPT FLAGS... : runs the image with a shell as its app.
handled() {
	local script=$1
	shift
	pod --insecure-options=image "$ACI" --exec=/bin/sh "$@" -- -c "$script"
}

@test "pre-start runs before the app and post-stop behind it, in its root and environment" {
	make_app '.app.environment += [{name: "GREETING", value: "hello"}] | .app.workingDirectory = "/tmp"' \
		"$(handler pre-start 'echo "before $GREETING $AC_APP_NAME $(pwd) $(id -u)"; echo made >/made')" \
		"$(handler post-stop 'echo "behind $GREETING $AC_APP_NAME $(pwd) $(id -u)"; cat /tmp/left')"
	handled 'echo "app $(cat /made) $(id -u)"; echo left >/tmp/left' --name=web --user=1000 --group=1000
	expect_status 0
	expect_equal "$output" $'before hello web /tmp 0\napp made 1000\nbehind hello web /tmp 0\nleft'
}
