// Runs every file of the corpus through its target, without libFuzzer: tests/fuzz/corpus/TARGET/FILE, or those that are
// named. Closes with "N passed, N failed, N skipped"; an input that breaks a promise ends the process, and is named.
#include "tests/fuzz/target.hh"

#include <array>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <unistd.h>
#include <vector>

namespace {

namespace fs = std::filesystem;

std::string under_way; // for say_which() alone

// In a signal handler: nothing but write(2).
void say_which(int signal) {
    constexpr std::string_view line = "\nFAILED: an input breaks its target: ";
    const auto say = [](std::string_view text) {
        return ::write(STDERR_FILENO, text.data(), text.size()) == static_cast<ssize_t>(text.size());
    };
    if (say(line) && say(under_way)) say("\n");
    std::signal(signal, SIG_DFL);
    std::raise(signal);
}

fs::path corpus() {
    const char* tests = std::getenv("OCCI_AGENT_TESTS");
    return fs::path(tests ? tests : "tests") / "fuzz" / "corpus";
}

std::string content(const fs::path& file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

unsigned replay(const fuzz::Target& target, const fs::path& file) {
    under_way = file.string();
    target.run(content(file));
    return 1;
}

unsigned replay_corpus(const fuzz::Target& target) {
    unsigned count = 0;
    std::error_code absent;
    for (const auto& entry : fs::directory_iterator(corpus() / target.name, absent))
        if (entry.is_regular_file()) count += replay(target, entry.path());
    return count;
}

const fuzz::Target* find(std::string_view name) {
    for (const auto& target : fuzz::targets())
        if (target.name == name) return &target;
    return nullptr;
}

} // namespace

// replay, or replay TARGET FILE...
int main(int count, char** words) {
    for (const int signal : {SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL}) std::signal(signal, say_which);
    unsigned passed = 0, empty = 0;
    if (count > 1) {
        const auto* target = find(words[1]);
        if (!target) {
            std::fprintf(stderr, "there is no target %s\n", words[1]);
            return 64;
        }
        for (int i = 2; i < count; ++i) passed += replay(*target, words[i]);
    } else {
        for (const auto& target : fuzz::targets()) {
            const auto inputs = replay_corpus(target);
            passed += inputs;
            if (inputs > 0) continue;
            ++empty;
            std::fprintf(stderr, "FAILED: there is no input for %s below %s\n", target.name.data(),
                         corpus().c_str());
        }
    }
    std::printf("%u passed, %u failed, 0 skipped\n", passed, empty);
    return empty == 0 ? 0 : 1;
}
