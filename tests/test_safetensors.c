/* Model files that are cut off, that lie or that are random: refused with a line, never believed. */
#include "config.h"

#include "tests/test.h"

#include "model/fileio.h"
#include "model/model_file.h"
#include "model/features.h"
#include "model/safetensors.h"
#include "rt/rng.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const uint64_t seed = 99;

typedef struct bytes {
	char *data;
	size_t size;
} bytes;

/* A good model file in memory. */
static int
make_file(void **state)
{
	static bytes file;
	model_info info = {.config = {trunk_find("gru"), 8, 1, 8, 8}, .n_styles = 1, .hits_per_bar = 12};
	snprintf(info.style[0].name, sizeof info.style[0].name, "techno");
	info.style[0].hits_per_bar = 12;
	net n;
	assert_ok(net_init(&n, &info.config, &test_error));
	float *w = weights_alloc(n.weights.total);
	weights_init(&n.weights, seed, w);
	assert_ok(model_write("test_safetensors.tmp", &info, &n, w, &test_error));
	assert_ok(file_read_whole("test_safetensors.tmp", 1 << 26, &file.data, &file.size, &test_error));
	unlink("test_safetensors.tmp");
	free(w);
	*state = &file;
	return 0;
}

static int
free_file(void **state)
{
	bytes *file = *state;
	free(file->data);
	return 0;
}

/* Parses a heap copy of exactly this size, so that a sanitizer sees reads beyond it. */
static dr_status
parse(const char *data, size_t size)
{
	char *copy = malloc(size ? size : 1);
	memcpy(copy, data, size);
	model *m = NULL;
	dr_status status = model_parse(copy, size, "file", &m, &test_error);
	assert_true((status == DR_OK) == (m != NULL));
	if (status != DR_OK)
		assert_true(strncmp(test_error.text, "file: ", 6) == 0);
	model_free(m);
	free(copy);
	return status;
}

static void
a_good_file_is_read(void **state)
{
	const bytes *file = *state;
	assert_int_equal(parse(file->data, file->size), DR_OK);
}

static void
cut_off_files_are_bad(void **state)
{
	const bytes *file = *state;
	for (size_t size = 0; size < file->size; size += size < 64 ? 1 : 997)
		assert_int_equal(parse(file->data, size), DR_BAD_INPUT);
	assert_int_equal(parse(file->data, file->size - 1), DR_BAD_INPUT);
}

/* The file with the first occurrence of `from` in its header replaced by `to`, of the same length. */
static dr_status
parse_edited(const bytes *file, const char *from, const char *to)
{
	char *copy = malloc(file->size), *place;
	memcpy(copy, file->data, file->size);
	place = memmem(copy, file->size, from, strlen(from));
	assert_non_null(place);
	assert_int_equal(strlen(from), strlen(to));
	memcpy(place, to, strlen(to));
	dr_status status = parse(copy, file->size);
	free(copy);
	return status;
}

static void
lies_are_found(void **state)
{
	const bytes *file = *state;
	/* The widths of the first tensor's rows are the network's inputs. */
	char shape[32], wider[32], negative[32], exponent[32];
	snprintf(shape, sizeof shape, "\"shape\":[%d", (int)FEATURES);
	snprintf(wider, sizeof wider, "\"shape\":[999");
	snprintf(negative, sizeof negative, "\"shape\":[-%.2s", shape + 10);
	snprintf(exponent, sizeof exponent, "\"shape\":[1e9");
	const char *const lies[][3] = {
	    {"\"dtype\":\"F32\"", "\"dtype\":\"F64\"", "F64"},
	    {"\"arch\":\"gru\"", "\"arch\":\"gnu\"", "gnu"},
	    {"\"arch\":\"gru\"", "\"arch\":\"g\"u\"", "JSON"},
	    {"\"hidden\":\"8\"", "\"hidden\":\"9\"", "should be"},
	    {"\"hidden\":\"8\"", "\"hidden\":\"0\"", "sizes"},
	    {"\"layers\":\"1\"", "\"layers\":\"2\"", "missing"},
	    {"\"format\":\"drumlin-1\"", "\"format\":\"drumlin-9\"", "drumlin-9"},
	    {"\"trunk.0.bias\"", "\"trunk.0.Bias\"", "trunk.0.bias"},
	    {"\"chain.hit\"", "\"chain.hut\"", "chain.hit"},
	    {"\"data_offsets\":[0,", "\"data_offsets\":[4,", "size"},
	    {"\"data_offsets\":[0,", "\"data_offsets\":[-,", "JSON"},
	    {"\"data_offsets\"", "\"data_0ffsets\"", "outside"},
	    {shape, wider, "size"},
	    {shape, negative, "shape"},
	    {shape, exponent, "shape"},
	    {"\"hits_per_bar\":\"12\"", "\"hits_per_bar\":\"-2\"", "hits_per_bar"},
	};
	for (size_t i = 0; i < sizeof lies / sizeof *lies; i++) {
		assert_int_equal(parse_edited(file, lies[i][0], lies[i][1]), DR_BAD_INPUT);
		if (!strstr(test_error.text, lies[i][2]))
			fail_msg("%s: the fault is not named: %s", lies[i][1], test_error.text);
	}
}

static void
header_lengths_are_checked(void **state)
{
	const bytes *file = *state;
	static const uint64_t lengths[] = {
	    0, 1, 7, 1 << 19, 1 << 21, UINT32_MAX, UINT64_MAX, UINT64_MAX - 7, (uint64_t)1 << 63};
	char *copy = malloc(file->size);
	memcpy(copy, file->data, file->size);
	for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
		memcpy(copy, &lengths[i], 8);
		assert_int_equal(parse(copy, file->size), DR_BAD_INPUT);
	}
	free(copy);
}

/* A file with this header and so many bytes of data behind it. */
static dr_status
parse_made(const char *header, size_t data, safetensors **out)
{
	const uint64_t length = strlen(header);
	static char *file;
	free(file);
	file = calloc(1, 8 + length + data); /* stays for *out, which borrows it */
	assert_non_null(file);
	memcpy(file, &length, 8);
	memcpy(file + 8, header, length);
	return safetensors_parse(file, 8 + length + data, "made", out, &test_error);
}

#define TENSOR(name, shape, begin, end)                                                                      \
	"\"" name "\":{\"dtype\":\"F32\",\"shape\":[" shape "],\"data_offsets\":[" begin "," end "]}"

/* Tensors lie side by side, in any order, and what lies otherwise is no file of ours. */
static void
tensors_tile_their_data(void **state)
{
	(void)state;
	static const struct {
		const char *header;
		size_t data;
		const char *said;
	} cases[] = {
	    {"{" TENSOR("a", "2", "0", "8") "," TENSOR("b", "2", "4", "12") "}", 12,
	     "overlap or leave a hole at byte 8"},
	    {"{" TENSOR("a", "2", "0", "8") "," TENSOR("b", "1", "12", "16") "}", 16, "a hole at byte 8"},
	    {"{" TENSOR("a", "1", "4", "8") "}", 8, "a hole at byte 0"},
	    {"{" TENSOR("a", "1", "0", "4") "}", 8, "4 bytes belong to no tensor"},
	    {"{}", 1, "1 bytes belong to no tensor"},
	    {"{" TENSOR("a", "1", "0", "8") "}", 8, "tensor a has another size than its shape"},
	    {"{" TENSOR("a", "2", "0", "8") "}", 7, "tensor a lies outside the file"},
	    {"{" TENSOR("a", "2", "8", "0") "}", 8, "tensor a lies outside the file"},
	    {"{" TENSOR("a", "1,1,1", "0", "4") "}", 4, "tensor a has no shape"},
	    {"{" TENSOR("a", "", "0", "4") "}", 4, "tensor a has no shape"},
	    {"{\"a\":{\"shape\":[1]}}", 4, "tensor a has no dtype"},
	    {"{\"a\":7}", 4, "tensor a has no dtype"},
	    {"{" TENSOR("a", "1", "0", "4") "," TENSOR("a", "1", "0", "4") "}", 4,
	     "no JSON object: duplicate"},
	    {"[1]     ", 4, "no JSON object: another value"},
	};
	safetensors *s;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		assert_int_equal(parse_made(cases[i].header, cases[i].data, &s), DR_BAD_INPUT);
		assert_null(s);
		if (strncmp(test_error.text, "made: ", 6) != 0 || !strstr(test_error.text, cases[i].said))
			fail_msg("%s: %s", cases[i].header, test_error.text);
	}
	assert_ok(parse_made("{" TENSOR("b", "1", "8", "12") "," TENSOR("a", "2,1", "0", "8") "}", 12, &s));
	assert_int_equal(safetensors_count(s), 2);
	const safetensors_tensor *a = safetensors_find(s, "a"), *b = safetensors_find(s, "b");
	assert_true(a->rows == 2 && a->cols == 1 && b->rows == 1 && b->cols == 1 && b->data == a->data + 8);
	assert_null(safetensors_find(s, "c"));
	assert_null(safetensors_metadata(s, "format"));
	safetensors_free(s);
}

static void
headers_are_bounded(void **state)
{
	(void)state;
	enum { ROOM = SAFETENSORS_MAX_HEADER + 16 };
	char *header = malloc(ROOM), *at = header;
	safetensors *s;
	assert_non_null(header);
	memset(header, ' ', ROOM);
	memcpy(header, "{}", 2);
	header[SAFETENSORS_MAX_HEADER + 1] = '\0';
	assert_int_equal(parse_made(header, 0, &s), DR_BAD_INPUT);
	assert_non_null(strstr(test_error.text, "made: header of 1048577 bytes"));
	header[SAFETENSORS_MAX_HEADER] = '\0';
	assert_ok(parse_made(header, 0, &s));
	safetensors_free(s);
	*at++ = '{';
	for (int i = 0; i <= SAFETENSORS_MAX; i++)
		at += sprintf(at, "%s" TENSOR("t%d", "1", "%d", "%d"), i ? "," : "", i, 4 * i, 4 * i + 4);
	strcpy(at, "}");
	assert_int_equal(parse_made(header, 4 * (SAFETENSORS_MAX + 1), &s), DR_BAD_INPUT);
	assert_non_null(strstr(test_error.text, "made: more than 512 tensors"));
	free(header);
}

static void
extra_bytes_and_tensors_are_bad(void **state)
{
	const bytes *file = *state;
	char *longer = calloc(1, file->size + 4);
	memcpy(longer, file->data, file->size);
	assert_int_equal(parse(longer, file->size + 4), DR_BAD_INPUT);
	free(longer);
	const float one = 1.0f;
	const safetensors_out tensor = {"stranger", 1, 1, &one};
	const char *const metadata[] = {"format", "pt", NULL};
	bytes other;
	assert_ok(safetensors_write("test_safetensors.tmp", &tensor, 1, metadata, &test_error));
	assert_ok(file_read_whole("test_safetensors.tmp", 1 << 20, &other.data, &other.size, &test_error));
	unlink("test_safetensors.tmp");
	assert_int_equal(parse(other.data, other.size), DR_BAD_INPUT);
	free(other.data);
}

static void
values_that_are_no_numbers_are_bad(void **state)
{
	const bytes *file = *state;
	char *copy = malloc(file->size);
	const float values[] = {NAN, INFINITY, -INFINITY};
	for (size_t i = 0; i < 3; i++) {
		memcpy(copy, file->data, file->size);
		memcpy(copy + file->size - 4 * (i + 1), &values[i], 4);
		assert_int_equal(parse(copy, file->size), DR_BAD_INPUT);
		assert_non_null(strstr(test_error.text, "no number"));
	}
	free(copy);
}

static void
random_damage_never_hurts(void **state)
{
	const bytes *file = *state;
	uint64_t rng = seed, length;
	memcpy(&length, file->data, 8);
	char *copy = malloc(file->size);
	int refused = 0;
	for (int round = 0; round < 1500; round++) {
		memcpy(copy, file->data, file->size);
		int changes = 1 + (int)(rng_next(&rng) % 4);
		for (int k = 0; k < changes; k++)
			copy[rng_next(&rng) % (length + 8)] = (char)rng_next(&rng);
		refused += parse(copy, file->size) != DR_OK;
	}
	assert_true(refused > 1000);
	free(copy);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_good_file_is_read),
	    cmocka_unit_test(cut_off_files_are_bad),
	    cmocka_unit_test(lies_are_found),
	    cmocka_unit_test(header_lengths_are_checked),
	    cmocka_unit_test(tensors_tile_their_data),
	    cmocka_unit_test(headers_are_bounded),
	    cmocka_unit_test(extra_bytes_and_tensors_are_bad),
	    cmocka_unit_test(values_that_are_no_numbers_are_bad),
	    cmocka_unit_test(random_damage_never_hurts),
	};
	return cmocka_run_group_tests(tests, make_file, free_file);
}
