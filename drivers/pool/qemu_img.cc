#include "drivers/pool/qemu_img.hh"

#include "agent/base/error.hh"
#include "agent/base/process.hh"
#include "agent/base/text.hh"

#include <chrono>
#include <fmt/core.h>

namespace hv::pool {
namespace {

using namespace std::chrono_literals;

constexpr auto longest_growth = 5min;
constexpr auto longest_copy = 12h;
constexpr std::uint64_t most_memory = std::uint64_t{4}
                                      << 30; // of address space, most of which it never touches

std::string in_json(std::string_view text) {
    std::string out = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\')
            out += '\\', out += c;
        else if (static_cast<unsigned char>(c) < ' ')
            out += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
        else
            out += c;
    }
    return out + '"';
}

void run(const std::filesystem::path& pool, const std::vector<std::string>& arguments,
         std::chrono::milliseconds longest, const std::stop_token& stop) {
    const auto program = process::find("qemu-img");
    if (!program) throw Error(Fault::unavailable, "qemu-img is not installed on this host");
    process::Cage cage;
    cage.folder = pool;
    cage.most_memory = most_memory;
    const auto result = process::run(*program, arguments, longest, stop, cage);
    if (result.stopped) throw Error(Fault::conflict, "it was stopped");
    if (result.timed_out) throw Error(Fault::unavailable, "qemu-img took too long");
    if (result.status != 0)
        throw Error(Fault::unavailable,
                    "qemu-img failed: " + text::printable(text::trim(result.output), 400));
}

} // namespace

std::string in_words_of_qemu(const std::vector<Layer>& chain) {
    std::string words = "null";
    for (auto layer = chain.rbegin(); layer != chain.rend(); ++layer) {
        const auto file = R"({"driver":"file","filename":)" + in_json(layer->path) + "}";
        words = layer->format == Format::raw
                    ? R"({"driver":"raw","file":)" + file + "}"
                    : R"({"driver":"qcow2","file":)" + file + R"(,"backing":)" + words + "}";
    }
    return "json:" + words;
}

void grow_image(const std::filesystem::path& pool, const std::vector<Layer>& chain, std::uint64_t bytes) {
    run(pool, {"resize", "-q", in_words_of_qemu(chain), std::to_string(bytes)}, longest_growth, {});
}

void flatten_image(const std::filesystem::path& pool, const std::vector<Layer>& chain,
                   const std::filesystem::path& into, const std::stop_token& stop) {
    run(pool,
        {"convert", "-q", "-O", "qcow2", "-o", "compat=1.1,lazy_refcounts=on", in_words_of_qemu(chain),
         into.string()},
        longest_copy, stop);
}

} // namespace hv::pool
