/* Asks the Runtime API for work, as clients do: the shape of aws-lambda-cpp without its libraries.
 * Built with -DEXTENSION it registers as an extension first, which is the web adapter's shape. */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int ask(const char *api, const char *request)
{
    char host[64] = {0};
    char text[1024];
    const char *colon = strchr(api, ':');
    struct sockaddr_in to = {.sin_family = AF_INET};
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (!colon || (size_t)(colon - api) >= sizeof host) {
        return 1;
    }
    memcpy(host, api, (size_t)(colon - api));
    to.sin_port = htons((unsigned short)atoi(colon + 1));
    to.sin_addr.s_addr = inet_addr(host);
    int n = snprintf(text, sizeof text, "%s HTTP/1.1\r\nHost: %s\r\nContent-Length: 0\r\n\r\n",
                     request, api);
    if (connect(fd, (struct sockaddr *)&to, sizeof to) || write(fd, text, (size_t)n) != n) {
        return 1;
    }
    int failed = read(fd, text, sizeof text) <= 0;
    close(fd);
    return failed;
}

int main(void)
{
    const char *api = getenv("AWS_LAMBDA_RUNTIME_API");
    if (!api) {
        return 1;
    }
#ifdef EXTENSION
    if (ask(api, "POST /2020-01-01/extension/register")) {
        return 1;
    }
#endif
    return ask(api, "GET /2018-06-01/runtime/invocation/next");
}
