/* drumlin kit blend: the morph of up to four kits as a kit of its own. */
#include "app/commands.h"

#include "app/options.h"
#include "model/kit_morph.h"
#include "model/kitfile.h"
#include "model/kitwrite.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct blend {
	const char *kit[KIT_CORNERS], *output;
	int n_kits;
	double x, y;
	uint32_t rate;
	bool help;
} blend;

static const char help[] =
    "Usage: drumlin kit blend KIT KIT [KIT [KIT]] -o NAME.h2drumkit [options]\n"
    "Writes the morph between two and four kits as a kit of its own, which Hydrogen loads too.\n"
    "The kits are the corners: upper left, upper right, lower left, lower right.\n\n"
    "  --at X,Y      place between them, each 0..1 (0.5,0.5)\n"
    "  --rate HZ     sample rate, 8000..192000 (48000)\n"
    "  -o NAME       NAME.h2drumkit, or a folder if it ends with /\n";

static void
say(void *user, const char *line)
{
	(void)user;
	fprintf(stderr, "%s\n", line);
}

static dr_status
take_place(blend *b, const char *argument, dr_error *err)
{
	char rest;
	if (sscanf(argument, "%lf,%lf%c", &b->x, &b->y, &rest) != 2 ||
	    !(b->x >= 0.0 && b->x <= 1.0 && b->y >= 0.0 && b->y <= 1.0))
		return error_set(err, DR_USAGE,
				 "--at %s: must be two numbers between 0 and 1, as in 0.5,0.25", argument);
	return DR_OK;
}

static dr_status
check(const blend *b, dr_error *err)
{
	static const char ending[] = ".h2drumkit";
	if (b->n_kits < 2)
		return error_set(err, DR_USAGE, "name two to four kits to blend");
	if (!b->output)
		return error_set(err, DR_USAGE, "no output given: -o NAME.h2drumkit, or -o FOLDER/");
	const size_t n = strlen(b->output), e = sizeof ending - 1;
	if (b->output[n - (n > 0)] != '/' && (n <= e || strcmp(b->output + n - e, ending) != 0))
		return error_set(err, DR_USAGE, "-o %s: the name must end in %s, or in / for a folder",
				 b->output, ending);
	return DR_OK;
}

static dr_status
parse(blend *b, int argc, char **argv, dr_error *err)
{
	static const struct option all[] = {{"at", required_argument, NULL, 'a'},
					    {"rate", required_argument, NULL, 'r'},
					    {"output", required_argument, NULL, 'o'},
					    {"help", no_argument, NULL, 'h'},
					    {NULL, 0, NULL, 0}};
	dr_status status = DR_OK;
	double value;
	*b = (blend){.x = 0.5, .y = 0.5, .rate = 48000};
	optind = 1;
	opterr = 0;
	for (int val; status == DR_OK && (val = getopt_long(argc, argv, ":o:h", all, NULL)) != -1;) {
		switch (val) {
		case 'a': status = take_place(b, optarg, err); break;
		case 'o': b->output = optarg; break;
		case 'r':
			status = options_number("rate", optarg, 8000, 192000, &value, err);
			b->rate = status == DR_OK ? (uint32_t)value : 0;
			break;
		case 'h': b->help = true; return DR_OK;
		default: return options_fault(val, argv, err);
		}
	}
	for (; status == DR_OK && optind < argc; optind++) {
		if (b->n_kits == KIT_CORNERS)
			return error_set(err, DR_USAGE, "%s: there are only four corners", argv[optind]);
		b->kit[b->n_kits++] = argv[optind];
	}
	return status == DR_OK ? check(b, err) : status;
}

/* "drums/mine.h2drumkit" and "drums/mine/" are called mine. */
static void
name_of(const char *output, char *name, size_t room)
{
	/* NOLINTNEXTLINE(clang-analyzer-core.NonNullParamChecker): check() has seen to it */
	size_t end = strlen(output);
	while (end > 1 && output[end - 1] == '/')
		end--;
	size_t begin = end;
	while (begin > 0 && output[begin - 1] != '/')
		begin--;
	snprintf(name, room, "%.*s", (int)(end - begin), output + begin);
	char *dot = strrchr(name, '.');
	if (dot && dot != name && strcmp(dot, ".h2drumkit") == 0)
		*dot = '\0';
}

static dr_status
morph_all(const blend *b, kit *const corner[], kit *out, dr_error *err)
{
	kit_morph *m;
	float weight[KIT_CORNERS];
	bool done = false;
	kit_set_weights(b->n_kits, (float)b->x, (float)b->y, weight);
	dr_status status = kit_morph_new(corner, b->n_kits, &m, err);
	if (status != DR_OK)
		return status;
	while (status == DR_OK && !done)
		status = kit_morph_prepare(m, &done, err);
	for (int i = 0; i < INSTRUMENTS && status == DR_OK; i++)
		status = kit_morph_into(m, i, weight, out, err);
	kit_morph_free(m);
	return status;
}

static dr_status
write_blend(const blend *b, kit *const corner[], const kit *k, dr_error *err)
{
	char name[64], parents[300] = "", info[480], license[64];
	name_of(b->output, name, sizeof name);
	for (int c = 0; c < b->n_kits; c++) {
		const size_t at = strlen(parents);
		snprintf(parents + at, sizeof parents - at, "%s%s", c ? ", " : "", corner[c]->name);
	}
	snprintf(info, sizeof info, "The morph of %s at %g,%g.", parents, b->x, b->y);
	snprintf(license, sizeof license, "as %.58s", parents);
	const kit_credits credits = {name, info, license};
	/* NOLINTNEXTLINE(clang-analyzer-core.NonNullParamChecker): check() has seen to it */
	return b->output[strlen(b->output) - 1] == '/' ? kit_write_folder(k, &credits, b->output, err)
						       : kit_write_archive(k, &credits, b->output, err);
}

static dr_status
run(const blend *b, dr_error *err)
{
	kit *corner[KIT_CORNERS] = {NULL}, *out = kit_new(b->rate);
	dr_status status = out ? DR_OK : error_set(err, DR_FAILED, "out of memory for the kit");
	for (int c = 0; c < b->n_kits && status == DR_OK; c++) {
		char *path = kit_find(b->kit[c], err);
		status = path ? kit_load(path, b->rate, say, NULL, &corner[c], err) : DR_BAD_INPUT;
		free(path);
	}
	if (status == DR_OK)
		status = morph_all(b, corner, out, err);
	if (status == DR_OK)
		status = write_blend(b, corner, out, err);
	for (int c = 0; c < b->n_kits; c++)
		kit_free(corner[c]);
	kit_free(out);
	return status;
}

int
cmd_kit_blend(int argc, char **argv)
{
	blend b;
	dr_error err;
	dr_status status = parse(&b, argc, argv, &err);
	if (status == DR_OK && b.help) {
		fputs(help, stdout);
		return 0;
	}
	if (status == DR_OK)
		status = run(&b, &err);
	if (status != DR_OK) {
		fprintf(stderr, "drumlin kit blend: %s\n", err.text);
		if (status == DR_USAGE)
			fputs("Try drumlin kit blend --help.\n", stderr);
	}
	return status_exit_code(status);
}
