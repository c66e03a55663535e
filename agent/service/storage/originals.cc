#include "agent/service/storage/originals.hh"

#include "agent/base/error.hh"
#include "agent/base/text.hh"
#include "drivers/image/source.hh"

#include <cerrno>
#include <fcntl.h>
#include <memory>
#include <system_error>

namespace service {
namespace {

using namespace std::chrono_literals;

constexpr std::chrono::milliseconds deadline = 5s;
constexpr std::chrono::milliseconds thorough_deadline = 10min;
constexpr std::chrono::milliseconds usual = 1s;
constexpr std::size_t longest_name = 200;

Descriptor again(int descriptor) {
    Descriptor copy(::fcntl(descriptor, F_DUPFD_CLOEXEC, 3));
    if (!copy)
        throw Error(Fault::unavailable,
                    "cannot open the original again: " + std::generic_category().message(errno));
    return copy;
}

} // namespace

template <class F> auto Originals::attempt(const std::string& doing, const image::Effort& effort, F work) {
    if (!effort.must_be_whole && patient_.under_way() >= most_waiting &&
        patient_.oldest().value_or(0s) > usual)
        throw Error(Fault::busy, doing + ": the disk with the originals does not answer others either");
    try {
        return effort.must_be_whole ? thorough_.call(doing, thorough_deadline, std::move(work))
                                    : patient_.call(doing, deadline, std::move(work));
    } catch (const Error& failure) {
        if (failure.fault() != Fault::timeout) throw;
        throw Error(Fault::unavailable, doing + ": its disk does not answer");
    }
}

Original Originals::open(const std::string& url, const image::Effort& effort) {
    const auto doing = "open image " + text::printable(url, longest_name);
    auto found = attempt(doing, effort, [url, effort, from = from_] {
        auto original = std::make_shared<Original>(Original{image::open(url, from), {}});
        original->found = image::probe(original->source.get(), url, effort);
        return original;
    });
    return std::move(*found);
}

image::Found Originals::look(int descriptor, const std::string& what, const image::Effort& effort) {
    const auto own = std::make_shared<const Descriptor>(again(descriptor));
    return attempt("look at " + what, effort,
                   [own, what, effort] { return image::probe(own->get(), what, effort); });
}

} // namespace service
