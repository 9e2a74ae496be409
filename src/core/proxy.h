/* The core's face. */
