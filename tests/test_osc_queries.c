/* What clients ask of OSC: where to, and what. */
#include "tests/osc_rig.h"

#include "osc/osc_state.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

/* An address that leads nowhere is counted, and nobody is subscribed by it. */
static void
addresses_that_lead_nowhere(void **state)
{
	osc_rig *r = *state;
	static const char *const bad[] = {"osc.tcp://127.0.0.1:9000",
					  "osc.udp://127.0.0.1",
					  "osc.udp://tablet.invalid:9000",
					  "osc.udp://127.0.0.1:99999",
					  "osc.udp://127.0.0.1:0",
					  "osc.udp://127.0.0.1:http",
					  "osc.udp://:9000",
					  "osc.udp://[::1]:9000",
					  "http://127.0.0.1:9000",
					  "://"};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		osc_rig_say(r, 0, "/drumlin/subscribe", "s", bad[i]);
		if (!osc_rig_counted(&r->control.malformed, (uint32_t)i + 1))
			fail_msg("%s is taken", bad[i]);
		assert_int_equal(osc_server_subscribers(r->osc), 0);
	}
	osc_rig_say(r, 0, "/drumlin/get", "ss", bad[0], "tempo");
	assert_true(osc_rig_counted(&r->control.malformed, sizeof bad / sizeof *bad + 1));
	assert_int_equal(osc_rig_count(&r->tablet[0]), 0);
}

/* A question may name where its answer goes: a URL, or a port of the same machine. */
static void
answers_go_where_they_are_wanted(void **state)
{
	osc_rig *r = *state;
	char url[64];
	const int port = lo_server_get_port(r->tablet[1].from);
	static const char *const host[] = {"127.0.0.1", "localhost"};
	for (int i = 0; i < 2; i++) {
		snprintf(url, sizeof url, "osc.udp://%s:%d/", host[i], port);
		osc_rig_say(r, 0, "/drumlin/get", "ss", url, "tempo");
		assert_true(osc_rig_hears(&r->tablet[1], "/drumlin/tempo 130.000"));
		osc_rig_forget(&r->tablet[1]);
	}
	osc_rig_say(r, 0, "/drumlin/get", "is", port, "playing");
	assert_true(osc_rig_hears(&r->tablet[1], "/drumlin/playing 0"));
	osc_rig_say(r, 0, "/drumlin/status", "i", port);
	assert_true(osc_rig_hears(&r->tablet[1], "/drumlin/status "));
	assert_int_equal(osc_rig_count(&r->tablet[0]), 0);
	assert_int_equal(atomic_load(&r->control.malformed), 0);
}

/* A button sends 1 when it is pressed and 0 when it is let go: that asks for nothing. */
static void
letting_a_button_go_asks_nothing(void **state)
{
	osc_rig *r = *state;
	osc_rig_say(r, 0, "/drumlin/subscribe", "f", 0.0f);
	osc_rig_say(r, 0, "/drumlin/get", "fs", 0.0f, "tempo");
	osc_rig_say(r, 0, "/drumlin/ping", "i", 1);
	assert_true(osc_rig_hears(&r->tablet[0], "/drumlin/pong 1"));
	assert_int_equal(osc_server_subscribers(r->osc), 0);
	assert_int_equal(osc_rig_count(&r->tablet[0]), 1);
	osc_rig_say(r, 0, "/drumlin/subscribe", "f", 1.0f);
	assert_true(osc_rig_hears(&r->tablet[0], "/drumlin/playing 0"));
	osc_rig_say(r, 0, "/drumlin/unsubscribe", "f", 0.0f);
	osc_rig_say(r, 0, "/drumlin/ping", "i", 2);
	assert_true(osc_rig_hears(&r->tablet[0], "/drumlin/pong 2"));
	assert_int_equal(osc_server_subscribers(r->osc), 1);
	osc_rig_say(r, 0, "/drumlin/unsubscribe", "f", 1.0f);
	osc_rig_say(r, 0, "/drumlin/ping", "i", 3);
	assert_true(osc_rig_hears(&r->tablet[0], "/drumlin/pong 3"));
	assert_int_equal(osc_server_subscribers(r->osc), 0);
}

static void
what_is_no_parameter_can_be_asked_too(void **state)
{
	osc_rig *r = *state;
	osc_tablet *t = &r->tablet[0];
	osc_rig_say(r, 0, "/drumlin/pattern/edit", "i", 3);
	osc_rig_say(r, 0, "/drumlin/get", "ss", "playing", "/drumlin/pattern/*");
	assert_true(osc_rig_hears(t, "/drumlin/playing 0"));
	assert_true(osc_rig_hears(t, "/drumlin/pattern/edit 3"));
	/* what is asked and makes no sense is counted, each word of it, and the rest is answered */
	const uint32_t before = atomic_load(&r->control.malformed);
	osc_rig_forget(t);
	osc_rig_say(r, 0, "/drumlin/get", "sisss", "nothing", 7, "tempo", "*a*a*a*a*a*a*a*a*a",
		    "/elsewhere/tempo");
	assert_true(osc_rig_hears(t, "/drumlin/tempo 130.000"));
	assert_true(osc_rig_counted(&r->control.malformed, before + 4));
	assert_int_equal(osc_rig_count(t), 1);
}

/* A ping comes back as it was, whatever number or word is in it. */
static void
pings_come_back(void **state)
{
	osc_rig *r = *state;
	osc_tablet *t = &r->tablet[0];
	osc_rig_say(r, 0, "/drumlin/ping", "s", "anybody");
	assert_true(osc_rig_hears(t, "/drumlin/pong anybody"));
	osc_rig_say(r, 0, "/drumlin/ping", "f", 0.25f);
	assert_true(osc_rig_hears(t, "/drumlin/pong 0.250"));
	osc_rig_say(r, 0, "/drumlin/ping", "i", 16777217); /* no float holds it */
	assert_true(osc_rig_hears(t, "/drumlin/pong 16777217"));
	osc_rig_say(r, 0, "/drumlin/ping", "d", 0.5);
	assert_true(osc_rig_hears(t, "/drumlin/pong 0.500"));
	/* an answer that nobody has asked for, or without its number, changes nothing */
	osc_rig_say(r, 0, "/drumlin/pong", "");
	osc_rig_say(r, 0, "/drumlin/pong", "s", "1");
	osc_rig_say(r, 0, "/drumlin/pong", "i", 0);
	osc_rig_say(r, 0, "/drumlin/ping", "i", 9);
	assert_true(osc_rig_hears(t, "/drumlin/pong 9"));
	assert_int_equal(osc_server_subscribers(r->osc), 0);
	assert_int_equal(atomic_load(&r->control.malformed), 0);
}

/* Bound to all of IPv6, it serves IPv4, too, and may be told either kind of address. */
static void
both_families_are_answered(void **state)
{
	(void)state;
	const int fd = socket(AF_INET6, SOCK_DGRAM, 0);
	struct sockaddr_in6 any = {.sin6_family = AF_INET6};
	const bool six = fd >= 0 && bind(fd, (struct sockaddr *)&any, sizeof any) == 0;
	if (fd >= 0)
		close(fd);
	if (!six) {
		print_message("skipped: no IPv6 here\n");
		return;
	}
	osc_rig *r = calloc(1, sizeof *r);
	char url[64];
	static const char *const host[] = {"127.0.0.1", "localhost"};
	osc_rig_open(r, &(osc_options){.bind = "::"});
	for (int i = 0; i < 2; i++) {
		osc_rig_forget(&r->tablet[1]);
		snprintf(url, sizeof url, "osc.udp://%s:%d/", host[i], lo_server_get_port(r->tablet[1].from));
		osc_rig_say(r, 0, "/drumlin/get", "ss", url, "tempo");
		if (i == 0)
			assert_true(osc_rig_hears(&r->tablet[1], "/drumlin/tempo 130.000"));
	}
	osc_rig_say(r, 0, "/drumlin/get", "s", "density");
	assert_true(osc_rig_hears(&r->tablet[0], "/drumlin/density 0.500"));
	assert_int_equal(atomic_load(&r->control.malformed), 0);
	osc_rig_say(r, 0, "/drumlin/get", "ss", "osc.udp://tablet.invalid:9000", "tempo");
	assert_true(osc_rig_counted(&r->control.malformed, 1));
	osc_rig_close(r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    osc_rig_test(addresses_that_lead_nowhere),
	    osc_rig_test(answers_go_where_they_are_wanted),
	    osc_rig_test(letting_a_button_go_asks_nothing),
	    osc_rig_test(what_is_no_parameter_can_be_asked_too),
	    osc_rig_test(pings_come_back),
	    cmocka_unit_test(both_families_are_answered),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
