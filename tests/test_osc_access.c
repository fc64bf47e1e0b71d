/* OSC from those who mean harm, or do it: floods, noise, strangers. */
#include "tests/osc_rig.h"

#include "osc/osc_state.h"
#include "rt/host.h"
#include "rt/rng.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

/* A second's flood, as fast as it can be sent: the last value stands, every packet is counted as come or
 * lost. */
static void
a_flood_ends_with_the_last_value(void **state)
{
	osc_rig *r = *state;
	enum { FLOOD = 100000 };
	osc_counts c = {0};
	const int fd = socket(AF_INET, SOCK_DGRAM, 0);
	struct sockaddr_in a = {.sin_family = AF_INET,
				.sin_port = htons((uint16_t)osc_server_port(r->osc)),
				.sin_addr = {htonl(INADDR_LOOPBACK)}};
	unsigned char packet[24] = "/drumlin/volume\0,f\0\0";
	const uint64_t begun = host_now_us();
	for (int i = 0; i < FLOOD; i++) {
		const float value = (float)(i % 1000) * 1e-3f;
		uint32_t bits;
		memcpy(&bits, &value, 4);
		bits = htonl(bits);
		memcpy(packet + 20, &bits, 4);
		sendto(fd, packet, sizeof packet, 0, (struct sockaddr *)&a, sizeof a);
	}
	const double seconds = (double)(host_now_us() - begun) * 1e-6;
	osc_rig_ms(200);
	osc_rig_say(r, 0, "/drumlin/volume", "f", 0.4321f);
	assert_true(osc_rig_becomes(r, PARAM_VOLUME, 0.4321f));
	for (int i = 0; i < 2000 && c.received + c.lost < FLOOD + 1; i++) {
		osc_rig_ms(1);
		osc_server_get_counts(r->osc, &c);
	}
	print_message("%d messages in %.2f s: %u taken, %u lost by the system\n", FLOOD, seconds, c.received,
		      c.lost);
	assert_int_equal(c.received + c.lost, FLOOD + 1);
	assert_int_equal(atomic_load(&r->control.malformed), 0);
	/* and of commands no more than the ring holds, the others counted */
	for (int i = 0; i < 2000; i++)
		osc_rig_say(r, 0, "/drumlin/BD/trigger", "f", 1.0f);
	osc_rig_say(r, 0, "/drumlin/volume", "f", 0.25f);
	assert_true(osc_rig_becomes(r, PARAM_VOLUME, 0.25f));
	assert_int_equal(atomic_load(&r->control.refused), 2000 - 512);
	rig_play(r->play, 64, NULL, 0);
	for (int f = 0; f < 64; f++)
		assert_true(fabsf(r->play->left[f]) <= 1.0f);
	close(fd);
}

/* Noise in every shape, with real messages in between: they still arrive. */
static void
noise_changes_nothing(void **state)
{
	osc_rig *r = *state;
	uint64_t seed = test_seed();
	static const char *const start[] = {"#bundle",      "/drumlin/BD/step/1", "/drumlin/subscribe",
					    "/drumlin/get", "/drumlin/list",      "/drumlin/cell"};
	const int fd = socket(AF_INET, SOCK_DGRAM, 0);
	struct sockaddr_in a = {.sin_family = AF_INET,
				.sin_port = htons((uint16_t)osc_server_port(r->osc)),
				.sin_addr = {htonl(INADDR_LOOPBACK)}};
	for (int i = 0; i < 20000; i++) {
		unsigned char packet[128] = {0};
		const uint64_t bits = rng_next(&seed);
		const size_t size = bits % sizeof packet;
		for (size_t b = 0; b < size; b++)
			packet[b] = (unsigned char)rng_next(&seed);
		if (bits >> 32 & 1) {
			const char *text = start[(bits >> 33) % 6];
			memset(packet, 0, 24);
			memcpy(packet, text, strlen(text));
			packet[24] = ',';
		}
		sendto(fd, packet, size, 0, (struct sockaddr *)&a, sizeof a);
	}
	osc_rig_ms(50);
	osc_rig_say(r, 0, "/drumlin/tempo", "f", 77.0f);
	assert_true(osc_rig_becomes(r, PARAM_TEMPO, 77.0f));
	close(fd);
}

static void
networks_are_parsed(void **state)
{
	(void)state;
	static const char *const good[] = {"192.168.1.7", "10.0.0.0/8",    "0.0.0.0/0",
					   "fe80::1",     "2001:db8::/32", "::1/128"};
	static const char *const bad[] = {"",           "tablet",  "10.0.0.0/33", "10.0.0.0/",
					  "10.0.0.0/x", "::1/129", "1.2.3"};
	for (size_t i = 0; i < sizeof good / sizeof *good; i++)
		assert_true(osc_network_valid(good[i]));
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_false(osc_network_valid(bad[i]));
}

/* Who is within which network, to the bit, in both families and in IPv6's clothes for IPv4. */
static void
networks_end_where_they_say(void **state)
{
	(void)state;
	static const struct {
		const char *network, *address;
		bool heard;
	} cases[] = {
	    {"10.0.0.0/8", "10.255.0.1", true},
	    {"10.0.0.0/8", "11.0.0.1", false},
	    {"192.0.2.128/25", "192.0.2.200", true},
	    {"192.0.2.128/25", "192.0.2.127", false},
	    {"192.0.2.7", "192.0.2.7", true},
	    {"192.0.2.7", "192.0.2.6", false},
	    {"192.0.2.0/30", "::ffff:192.0.2.3", true},
	    {"192.0.2.0/30", "::ffff:192.0.2.4", false},
	    {"0.0.0.0/0", "198.51.100.1", true},
	    {"0.0.0.0/0", "2001:db8::1", false}, /* all of IPv4 is none of IPv6 */
	    {"::/0", "198.51.100.1", true},
	    {"2001:db8::/33", "2001:db8:7fff::1", true},
	    {"2001:db8::/33", "2001:db8:8000::1", false},
	    {"2001:db8::1", "2001:db8::1", true},
	    {"2001:db8::1", "2001:db8::2", false},
	    {"2001:db8::1", "::1", true}, /* this machine always is */
	    {"192.0.2.7", "127.0.0.2", true},
	    {"192.0.2.7", "::ffff:127.0.0.1", true},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		osc_server *s = calloc(1, sizeof *s);
		const osc_options o = {.allow = {"198.18.0.1", cases[i].network}, .n_allow = 2};
		osc_address a = {0};
		struct sockaddr_in *four = (struct sockaddr_in *)&a.address;
		struct sockaddr_in6 *six = (struct sockaddr_in6 *)&a.address;
		assert_non_null(s);
		if (strchr(cases[i].address, ':')) {
			six->sin6_family = AF_INET6;
			assert_int_equal(inet_pton(AF_INET6, cases[i].address, &six->sin6_addr), 1);
		} else {
			four->sin_family = AF_INET;
			assert_int_equal(inet_pton(AF_INET, cases[i].address, &four->sin_addr), 1);
		}
		assert_true(osc_access_open(s, &o, &test_error));
		if (osc_access_heard(s, &a) != cases[i].heard)
			fail_msg("%s of %s", cases[i].address, cases[i].network);
		free(s);
	}
}

/* A list that cannot be understood lets nobody in by mistake: the server does not start, and says which. */
static void
a_network_that_is_none_is_named(void **state)
{
	(void)state;
	static const char *const bad[] = {
	    "tablet", "10.0.0.0/33", "10.0.0.1 ",
	    "2001:db8:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0001"};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		engine_rig *p = rig_new(false);
		osc_server *osc = NULL;
		control c;
		char said[160];
		control_init(&c, &p->params, p->engine);
		const osc_options o = {.allow = {"10.0.0.0/8", bad[i]}, .n_allow = 2};
		assert_int_equal(osc_server_start(&c, &o, &osc, &test_error), DR_USAGE);
		assert_null(osc);
		snprintf(said, sizeof said, "--osc-allow %s: neither an address nor", bad[i]);
		assert_non_null(strstr(test_error.text, said));
		rig_free(p);
		control_destroy(&c);
	}
}

/* From the network: whoever is not on the list is not heard, and whoever has not sent the secret is only
 * counted. */
static void
strangers_are_kept_out(void **state)
{
	(void)state;
	char own[64], port[16];
	if (!osc_rig_own_address(own)) {
		print_message("skipped: no address beside the loopback\n");
		return;
	}
	osc_rig *r = calloc(1, sizeof *r);
	osc_counts c;
	osc_rig_open(r, &(osc_options){.bind = "0.0.0.0", .allow = {"198.51.100.0/24"}, .n_allow = 1});
	snprintf(port, sizeof port, "%d", osc_server_port(r->osc));
	lo_address_free(r->to);
	r->to = lo_address_new(own, port);
	osc_rig_say(r, 0, "/drumlin/tempo", "f", 99.0f);
	osc_rig_ms(100);
	osc_server_get_counts(r->osc, &c);
	assert_int_equal(c.barred, 1);
	assert_true(params_get(&r->play->params, PARAM_TEMPO) == 130.0f);
	osc_rig_close(r);

	r = calloc(1, sizeof *r);
	osc_rig_open(r, &(osc_options){.bind = "0.0.0.0", .token = "hunter2"});
	snprintf(port, sizeof port, "%d", osc_server_port(r->osc));
	lo_address_free(r->to);
	r->to = lo_address_new(own, port);
	osc_rig_say(r, 0, "/drumlin/tempo", "f", 99.0f);
	osc_rig_say(r, 0, "/drumlin/token", "s", "hunter3");
	osc_rig_say(r, 0, "/drumlin/tokenhunter2", "");
	osc_rig_say(r, 0, "/drumlin/tempo", "f", 98.0f);
	osc_rig_ms(100);
	osc_server_get_counts(r->osc, &c);
	assert_int_equal(c.barred, 4);
	assert_true(params_get(&r->play->params, PARAM_TEMPO) == 130.0f);
	osc_rig_say(r, 0, "/drumlin/token/hunter2", "");
	osc_rig_say(r, 0, "/drumlin/tempo", "f", 97.0f);
	assert_true(osc_rig_becomes(r, PARAM_TEMPO, 97.0f));
	osc_rig_close(r);
}

/* The loopback orders for the other address: a challenge, and everything when it has been answered, also
 * where the answer comes from another port than that which listens. */
static void
whoever_is_named_must_answer(void **state)
{
	(void)state;
	char own[64], port[16], url[96];
	if (!osc_rig_own_address(own)) {
		print_message("skipped: no address beside the loopback\n");
		return;
	}
	for (int answering = 0; answering < 2; answering++) {
		osc_rig *r = calloc(1, sizeof *r);
		osc_rig_open(r, &(osc_options){.bind = "0.0.0.0"});
		snprintf(url, sizeof url, "osc.udp://%s:%d", own, lo_server_get_port(r->tablet[1].from));
		osc_rig_say(r, 0, "/drumlin/subscribe", "ss", url, "params");
		assert_true(osc_rig_hears(&r->tablet[1], "/drumlin/ping "));
		for (int i = 0; i < 50; i++)
			control_set(&r->control, PARAM_TEMPO, 100.0f + (float)i, PARAM_SOURCE_SCREEN);
		osc_rig_ms(150);
		assert_int_equal(osc_rig_count(&r->tablet[1]), 1);
		const int nonce = atoi(r->tablet[1].heard[0] + strlen("/drumlin/ping "));
		snprintf(port, sizeof port, "%d", osc_server_port(r->osc));
		lo_address_free(r->to);
		r->to = lo_address_new(own, port);
		osc_rig_say(r, 0, "/drumlin/pong", "i", nonce ^ 1);
		osc_rig_ms(100);
		assert_int_equal(osc_rig_count(&r->tablet[1]), 1);
		osc_rig_say(r, answering, "/drumlin/pong", "i", nonce);
		assert_true(osc_rig_hears(&r->tablet[1], "/drumlin/tempo 149.000"));
		osc_rig_close(r);
	}
}

/* Whoever puts another's address on its packets has that machine sent no more than a bounded number of bytes.
 */
static void
a_spoofed_subscriber_costs_little(void **state)
{
	(void)state;
	char own[64], port[16];
	if (!osc_rig_own_address(own)) {
		print_message("skipped: no address beside the loopback\n");
		return;
	}
	osc_rig *r = calloc(1, sizeof *r);
	osc_rig_open(r, &(osc_options){.bind = "0.0.0.0"});
	snprintf(port, sizeof port, "%d", osc_server_port(r->osc));
	lo_address_free(r->to);
	r->to = lo_address_new(own, port);
	/* it never answers, and asks for everything again and again */
	const uint64_t begun = host_now_us();
	for (int i = 0; i < 2000; i++)
		osc_rig_say(r, 0, "/drumlin/get", "");
	osc_rig_say(r, 0, "/drumlin/tempo", "f", 99.0f);
	assert_true(osc_rig_becomes(r, PARAM_TEMPO, 99.0f));
	osc_rig_ms(200);
	const double seconds = (double)(host_now_us() - begun) * 1e-6;
	const int n = osc_rig_count(&r->tablet[0]);
	print_message("%d messages for 2000 questions for %d each\n", n, PARAM_SLOTS);
	/* at least 24 bytes a message, of 64 kB at once and 64 kB a second */
	assert_true(n > 0 && n < (int)((1.0 + seconds) * 128e3 / 24.0));
	osc_rig_close(r);
}

static void
ipv6_is_served(void **state)
{
	(void)state;
	osc_server *osc = NULL;
	engine_rig *p = rig_new(false);
	control c;
	control_init(&c, &p->params, p->engine);
	const osc_options o = {.bind = "::1"};
	if (osc_server_start(&c, &o, &osc, &test_error) != DR_OK) {
		print_message("skipped: %s\n", test_error.text);
	} else {
		const int fd = socket(AF_INET6, SOCK_DGRAM, 0);
		struct sockaddr_in6 a = {.sin6_family = AF_INET6,
					 .sin6_port = htons((uint16_t)osc_server_port(osc)),
					 .sin6_addr = IN6ADDR_LOOPBACK_INIT};
		static const char get[24] = "/drumlin/tempo\0\0,i\0\0\0\0\0\143",
				  ask[20] = "/drumlin/tempo\0\0,\0\0\0";
		char answer[64];
		sendto(fd, get, sizeof get, 0, (struct sockaddr *)&a, sizeof a);
		sendto(fd, ask, sizeof ask, 0, (struct sockaddr *)&a, sizeof a);
		assert_int_equal(recv(fd, answer, sizeof answer, 0), 24);
		assert_memory_equal(answer, "/drumlin/tempo\0\0,f\0\0", 20);
		assert_true(params_get(&p->params, PARAM_TEMPO) == 99.0f);
		close(fd);
	}
	osc_server_stop(osc);
	rig_free(p);
	control_destroy(&c);
}

int
main(void)
{
	char own[64];
	(void)osc_rig_own_address(own); /* before there are threads */
	const struct CMUnitTest tests[] = {
	    osc_rig_test(a_flood_ends_with_the_last_value),
	    osc_rig_test(noise_changes_nothing),
	    cmocka_unit_test(networks_are_parsed),
	    cmocka_unit_test(networks_end_where_they_say),
	    cmocka_unit_test(a_network_that_is_none_is_named),
	    cmocka_unit_test(strangers_are_kept_out),
	    cmocka_unit_test(whoever_is_named_must_answer),
	    cmocka_unit_test(a_spoofed_subscriber_costs_little),
	    cmocka_unit_test(ipv6_is_served),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
