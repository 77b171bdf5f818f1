/* SPDX-License-Identifier: Apache-2.0 */
#include "net/lease.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <unistd.h>
#include <cmocka.h>
#include "base/test-scratch.h"

static const LeaseOwner first = {"c1", "eth0"}, second = {"c2", "eth0"};

static LeaseRange range(const char *network, const char *from, const char *to)
{
	LeaseRange range;

	assert_int_equal(address_parse_network(network, &range.network), 0);
	assert_int_equal(address_parse(from, &range.first), 0);
	assert_int_equal(address_parse(to, &range.last), 0);
	range.gateway = address_first(&range.network);
	range.gateway = address_add(&range.gateway, 1);
	return range;
}

static Leases open_leases(const char *network)
{
	Leases leases = LEASES_INIT;

	assert_int_equal(leases_open(&leases, scratch_path, network, NULL), 0);
	return leases;
}

/* Takes the next address, or one that is wanted: it has to be text, or the result. */
static void expect_take(const Leases *l, const LeaseSet *set, const LeaseOwner *owner,
	const char *wanted, int result, const char *text)
{
	char buf[ADDRESS_TEXT];
	const LeaseRange *from;
	Address want, got;

	if (wanted)
		assert_int_equal(address_parse(wanted, &want), 0);
	assert_int_equal(
		lease_take(l, set, owner, wanted ? &want : NULL, &got, &from, NULL), result);
	if (result == 0)
		assert_string_equal(address_network_text(&got, buf), text);
}

static int count(const Address *address, void *userdata, Error *err)
{
	++*(int *)userdata;
	return 0;
}

static void expect_release(const Leases *l, const LeaseOwner *owner, int n)
{
	int seen = 0;
	const LeaseHook hook = {count, &seen};

	assert_int_equal(lease_release(l, owner, &hook, NULL), 0);
	assert_int_equal(seen, n);
}

/* Round and round, over both ranges, never the gateway, until all are taken. */
static void test_order(void **state)
{
	const LeaseRange ranges[] = {
		range("10.0.0.0/24", "10.0.0.1", "10.0.0.3"),
		range("10.1.0.0/16", "10.1.9.9", "10.1.9.9"),
	};
	const LeaseSet set = {ranges, ARRAY_LEN(ranges), 0};
	_cleanup_leases_ Leases l = open_leases("order");

	expect_take(&l, &set, &first, NULL, 0, "10.0.0.2/24");
	expect_release(&l, &first, 1);
	expect_take(&l, &set, &first, NULL, 0, "10.0.0.3/24");
	expect_take(&l, &set, &first, NULL, 0, "10.1.9.9/16");
	expect_take(&l, &set, &second, NULL, 0, "10.0.0.2/24");
	expect_take(&l, &set, &second, NULL, -EADDRNOTAVAIL, NULL);
	expect_release(&l, &first, 2);
	expect_release(&l, &first, 0);
	expect_take(&l, &set, &second, NULL, 0, "10.0.0.3/24");
}

static void test_wanted(void **state)
{
	const LeaseRange ranges[] = {range("fd00::/64", "fd00::2", "fd00::ffff:ffff:ffff:ffff")};
	const LeaseSet set = {ranges, ARRAY_LEN(ranges), 0};
	_cleanup_leases_ Leases l = open_leases("wanted");

	expect_take(&l, &set, &first, "fd00::abc", 0, "fd00::abc/64");
	expect_take(&l, &set, &second, "fd00::abc", -EADDRINUSE, NULL);
	expect_take(&l, &set, &second, "fd01::1", -EADDRINUSE, NULL);
	expect_take(&l, &set, &second, "10.0.0.1", -EADDRINUSE, NULL);
	expect_take(&l, &set, &second, NULL, 0, "fd00::abd/64");
}

static void expect_refusal(const Leases *l, const LeaseSet *set, const char *wanted,
	const char *origin, const char *text)
{
	Error err = ERROR_INIT;
	const LeaseRange *from;
	Address want, got;

	assert_int_equal(address_parse(wanted, &want), 0);
	assert_int_equal(lease_take(l, set, &second, &want, &got, &from, &err), -EADDRINUSE);
	assert_string_equal(err.frames[0].text, origin);
	assert_string_equal(err.frames[err.n_frames - 1].text, text);
}

/* Whose an address is, also when that cannot be read. */
static void test_taken(void **state)
{
	static const char gateway[] = "address 10.0.0.1 is the gateway's";
	static const char first_has[] = "address 10.0.0.2 is taken already, by container c1";
	const LeaseRange ranges[] = {range("10.0.0.0/24", "10.0.0.1", "10.0.0.9")};
	const LeaseSet set = {ranges, ARRAY_LEN(ranges), 0};
	_cleanup_leases_ Leases l = open_leases("taken");
	char much[1024];

	memset(much, 'x', sizeof much - 1);
	much[sizeof much - 1] = '\0';
	scratch_write("taken/10.0.0.3", much);
	expect_take(&l, &set, &first, "10.0.0.2", 0, "10.0.0.2/24");
	expect_refusal(&l, &set, "10.0.0.1", gateway, gateway);
	expect_refusal(&l, &set, "10.0.0.2", first_has, first_has);
	expect_refusal(&l, &set, "10.0.0.3", "read by which container: file too large",
		"address 10.0.0.3 is taken already");
}

/* Files as other programs leave them. */
static void test_files(void **state)
{
	const LeaseRange ranges[] = {range("10.0.0.0/24", "10.0.0.2", "10.0.0.9")};
	const LeaseSet set = {ranges, ARRAY_LEN(ranges), 0};
	_cleanup_leases_ Leases l = open_leases("files");
	Address a;

	scratch_write("files/10.0.0.2", "");           /* its program was killed: free */
	scratch_write("files/10.0.0.3", "c1\r\neth0"); /* as all write them */
	scratch_write("files/10.0.0.4", "c1");         /* of an old one */
	scratch_write("files/10.0.0.5", "c1\r\neth1");
	scratch_write("files/last_reserved_ip.0", "nonsense");
	expect_take(&l, &set, &second, NULL, 0, "10.0.0.2/24");
	expect_take(&l, &set, &second, NULL, 0, "10.0.0.6/24");
	assert_int_equal(address_parse("10.0.0.3", &a), 0);
	assert_true(lease_is_owned(&l, &a, &first));
	assert_false(lease_is_owned(&l, &a, &second));
	expect_release(&l, &first, 2);
	assert_false(lease_is_owned(&l, &a, &first));
	scratch_write("files/10.0.0.9", ""); /* it goes with whatever is given back next */
	expect_release(&l, &second, 3);
	assert_int_equal(faccessat(l.dir, "10.0.0.9", F_OK, 0), -1);
}

static void test_others(void **state)
{
	const LeaseOwner owners[] = {first, second};
	_cleanup_leases_ Leases l = open_leases("others");
	int seen = 0;
	const LeaseHook hook = {count, &seen};

	scratch_write("others/10.0.0.2", "c1\r\neth0");
	scratch_write("others/10.0.0.3", "c1\r\neth1");
	scratch_write("others/10.0.0.4", "c3\r\neth0");
	assert_int_equal(lease_release_others(&l, owners, ARRAY_LEN(owners), &hook, NULL), 0);
	assert_int_equal(seen, 2);
	expect_release(&l, &first, 1);
}

/* What the hook cannot undo stays with its owner. */
static int refuse(const Address *address, void *userdata, Error *err)
{
	return -EBUSY;
}

static void test_hook(void **state)
{
	const LeaseHook hook = {refuse, NULL};
	_cleanup_leases_ Leases l = open_leases("hook");

	scratch_write("hook/10.0.0.2", "c1\r\neth0");
	assert_int_equal(lease_release(&l, &first, &hook, NULL), -EBUSY);
	expect_release(&l, &first, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_wanted),
		cmocka_unit_test(test_taken),
		cmocka_unit_test(test_files),
		cmocka_unit_test(test_others),
		cmocka_unit_test(test_hook),
	};

	return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
