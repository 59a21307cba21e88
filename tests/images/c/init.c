/* Starts what it is given, as tini and dumb-init do. */
#include <unistd.h>

int main(int argc, char **argv)
{
    if (argc > 2 && argv[1][0] == '-' && argv[1][1] == '-') {
        argv++;
    }
    return argc > 1 ? execvp(argv[1], argv + 1) : 1;
}
