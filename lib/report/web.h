/* report/web.h - the files of lib/report/web, which the Makefile makes into arrays: report.css, page.html,
 * and the scripts one after the other. */
#ifndef TV_REPORT_WEB_H
#define TV_REPORT_WEB_H
#include <stddef.h>

extern const unsigned char tv_report_css[], tv_report_html[], tv_report_js[];
extern const size_t tv_report_css_size, tv_report_html_size, tv_report_js_size;

#endif
