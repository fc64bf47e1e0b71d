/* drumlin layout: pages for tablets, from the table of parameters. */
#include "app/commands.h"
#include "app/layout.h"
#include "app/options.h"
#include "model/fileio.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { OPTION_PORT = OPTION_OWN, OPTION_TOKEN, OPTION_HELP };

/* A form by the file's ending, and the size of its pages. */
static const struct {
	const char *ending;
	int width, height, port;
	dr_status (*write)(const layout *l, char **data, size_t *size, dr_error *err);
} forms[] = {{".tosc", 1024, 728, 9000, layout_write_tosc},
	     {".touchosc", 768, 984, 9000, layout_write_touchosc},
	     {".json", 1024, 728, 0, layout_write_osc}};

typedef struct layout_call {
	const char *output, *token;
	int port; /* -1: the form's */
	bool help;
} layout_call;

static void
help(void)
{
	puts("Usage: drumlin layout -o FILE.tosc|.touchosc|.json [options]\n"
	     "Writes a layout for tablets: TouchOSC, TouchOSC Mk1, Open Stage Control.\n\n"
	     "  -o, --output     FILE                   its ending says which\n"
	     "      --port       PORT (9000)            at which the tablet receives; 0 for the port it "
	     "sends from\n"
	     "                                          (which is what Open Stage Control does: 0)\n"
	     "      --osc-token  SECRET                 what the tablet sends first, where Drumlin has "
	     "--osc-token");
}

static dr_status
parse(layout_call *c, int argc, char **argv, dr_error *err)
{
	static const struct option own[] = {{"output", required_argument, NULL, 'o'},
					    {"port", required_argument, NULL, OPTION_PORT},
					    {"osc-token", required_argument, NULL, OPTION_TOKEN},
					    {"help", no_argument, NULL, OPTION_HELP},
					    {NULL, 0, NULL, 0}};
	double port;
	dr_status status = DR_OK;
	*c = (layout_call){.port = -1};
	optind = 1;
	opterr = 0;
	for (int val; status == DR_OK && (val = getopt_long(argc, argv, ":o:h", own, NULL)) != -1;) {
		switch (val) {
		case 'o': c->output = optarg; break;
		case OPTION_TOKEN:
			c->token = optarg;
			if (strlen(optarg) < 4 || strlen(optarg) > 32 ||
			    strpbrk(optarg, " #*,/?[]{}'\\<>&\""))
				status = error_set(
				    err, DR_USAGE,
				    "--osc-token: a layout can hold 4 to 32 characters without spaces "
				    "and # * , / ? [ ] { } ' \" \\ < > &");
			break;
		case OPTION_PORT:
			status = options_number("port", optarg, 0, 65535, &port, err);
			c->port = status == DR_OK ? (int)port : 0;
			if (status == DR_OK && c->port > 0 && c->port < 1024)
				status = error_set(err, DR_USAGE, "--port %s: 0, or 1024 and above", optarg);
			break;
		case OPTION_HELP:
		case 'h': c->help = true; break;
		default: status = options_fault(val, argv, err);
		}
	}
	if (status == DR_OK && optind < argc)
		status = error_set(err, DR_USAGE, "unexpected argument %s", argv[optind]);
	if (status == DR_OK && !c->output && !c->help)
		status = error_set(err, DR_USAGE, "no file to write: -o FILE.tosc, .touchosc or .json");
	return status;
}

static dr_status
write_layout(const layout_call *c, dr_error *err)
{
	const char *dot = strrchr(c->output, '.');
	size_t f = 0, size;
	char *data = NULL;
	layout l;
	while (f < sizeof forms / sizeof *forms && (!dot || strcmp(dot, forms[f].ending) != 0))
		f++;
	if (f == sizeof forms / sizeof *forms)
		return error_set(err, DR_USAGE, "-o %s: must end in .tosc, .touchosc or .json", c->output);
	dr_status status = layout_build(&l,
					&(layout_options){.width = forms[f].width,
							  .height = forms[f].height,
							  .port = c->port >= 0 ? c->port : forms[f].port,
							  .token = c->token},
					err);
	if (status == DR_OK)
		status = forms[f].write(&l, &data, &size, err);
	if (status == DR_OK)
		status = file_write_whole(c->output, data, size, err);
	free(data);
	layout_free(&l);
	return status;
}

int
cmd_layout(int argc, char **argv)
{
	layout_call c;
	dr_error err;
	dr_status status = parse(&c, argc, argv, &err);
	if (status == DR_OK && c.help) {
		help();
		return 0;
	}
	if (status == DR_OK)
		status = write_layout(&c, &err);
	if (status != DR_OK) {
		fprintf(stderr, "drumlin layout: %s\n", err.text);
		if (status == DR_USAGE)
			fputs("Try drumlin layout --help.\n", stderr);
	}
	return status_exit_code(status);
}
