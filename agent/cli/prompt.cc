#include "agent/cli/prompt.hh"

#include "agent/base/error.hh"
#include "agent/base/handle.hh"

#include <cstdio>
#include <termios.h>
#include <unistd.h>

namespace cli {
namespace {

constexpr std::size_t longest = 4096;

// Byte by byte: what stands behind the line is somebody else's, and stdio would keep a copy.
Secret read_line() {
    std::string line;
    for (char letter = 0; ::read(STDIN_FILENO, &letter, 1) == 1 && letter != '\n';) {
        if (line.capacity() == line.size()) { // so that no old piece is left behind
            std::string more;
            more.reserve(line.size() * 2 + 64);
            more = line;
            wipe(line);
            line.swap(more);
        }
        line += letter;
        if (line.size() > longest) throw Error(Fault::invalid, "the password is too long");
    }
    if (line.ends_with('\r')) line.pop_back();
    Secret secret(line);
    wipe(line);
    return secret;
}

Secret type_unseen(const std::string& question) {
    std::fprintf(stderr, "%s: ", question.c_str());
    std::fflush(stderr);
    termios before{};
    if (::tcgetattr(STDIN_FILENO, &before) != 0) return read_line();
    auto unseen = before;
    unseen.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &unseen);
    const Defer restore([&] {
        ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
        std::fputc('\n', stderr);
    });
    return read_line();
}

} // namespace

Secret ask_for_password(const std::string& whose) {
    auto password = ::isatty(STDIN_FILENO) == 1 ? type_unseen("new password of " + whose) : read_line();
    if (::isatty(STDIN_FILENO) == 1 && type_unseen("once more").reveal() != password.reveal())
        throw Error(Fault::invalid, "the two are not the same: nothing is changed");
    if (password.reveal().empty()) throw Error(Fault::invalid, "the password is empty: nothing is changed");
    return password;
}

} // namespace cli
