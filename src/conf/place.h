/* Where something stands in the configuration files; the name belongs to struct conf. */
#ifndef CONF_PLACE_H
#define CONF_PLACE_H

struct place {
	const char *file;
	unsigned int line; /* 0: the file as a whole */
};

#endif
