// What the tables of an image say, against qemu-img itself: sound images of every sort, and what becomes of them when
// bytes are changed or cut off. SEED=N makes others, IMAGES=N so many of each sort.
#define BOOST_TEST_DYN_LINK
#include "agent/base/big_endian.hh"
#include "agent/base/error.hh"
#include "agent/base/handle.hh"
#include "agent/base/process.hh"
#include "drivers/image/probe.hh"
#include "tests/unit/image_folder.hh"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <chrono>
#include <cstdlib>
#include <fcntl.h>
#include <iterator>
#include <ostream>
#include <random>
#include <string>
#include <vector>

namespace data = boost::unit_test::data;
namespace ut = boost::unit_test;

namespace {

using Arguments = std::vector<std::string>;

struct Sort {
    std::string name;
    Arguments options; // of qemu-img create
    Arguments filling; // commands of qemu-io
    Arguments after{}; // of qemu-img, without the image behind
};
std::ostream& operator<<(std::ostream& out, const Sort& sort) { return out << sort.name; }

const Arguments some_data{"write -P 1 0 1M", "write -P 2 5M 200k", "write -P 3 7M 512"};

const std::vector<Sort> sorts{
    {"of version 3", {}, some_data},
    {"of version 2", {"-o", "compat=0.10"}, some_data},
    {"with the smallest clusters", {"-o", "cluster_size=512"}, some_data},
    {"with large clusters", {"-o", "cluster_size=1M"}, some_data},
    {"that is compressed",
     {},
     {"write -c -P 1 0 64k", "write -c -P 2 64k 64k", "write -c -P 3 1M 64k", "write 2M 1M"}},
    {"that is compressed by zstd",
     {"-o", "compression_type=zstd"},
     {"write -c -P 1 0 64k", "write -c -P 2 1M 64k"}},
    {"with zeros", {}, {"write -P 1 0 1M", "write -z 0 128k", "write -z -u 3M 1M", "write -z 7M 64k"}},
    {"with parts of clusters",
     {"-o", "extended_l2=on"},
     {"write -P 1 0 1M", "write -P 2 3M 4k", "write -z 64k 4k", "write -z 5M 2k", "discard 512k 64k"}},
    {"with counts of one bit", {"-o", "refcount_bits=1"}, some_data},
    {"with counts of four bits", {"-o", "refcount_bits=4"}, some_data},
    {"with counts of 64 bits", {"-o", "refcount_bits=64,cluster_size=4k"}, some_data},
    {"with all metadata", {"-o", "preallocation=metadata"}, {}},
    {"with a snapshot", {}, some_data, {"snapshot", "-c", "before"}},
    {"with bitmaps", {}, some_data, {"bitmap", "--add", "-g", "64k", "changes"}},
};

std::uint64_t number_of(const char* name, std::uint64_t otherwise) {
    const auto* given = std::getenv(name);
    return given ? std::strtoull(given, nullptr, 10) : otherwise;
}

struct HasQemu {
    boost::test_tools::assertion_result operator()(ut::test_unit_id) const {
        boost::test_tools::assertion_result there(process::find("qemu-img") && process::find("qemu-io"));
        there.message() << "qemu-img or qemu-io is not installed";
        return there;
    }
};

struct Scene {
    ImageFolder temp;
    std::filesystem::path path = temp.path() / "image";

    static process::Result run(const char* program, const Arguments& arguments) {
        return process::run(*process::find(program), arguments, std::chrono::seconds(60));
    }
    void must(const char* program, const Arguments& arguments) {
        const auto result = run(program, arguments);
        BOOST_REQUIRE_MESSAGE(result.status == 0, result.output);
    }
    std::string made(const Sort& sort) {
        Arguments create{"create", "-q", "-f", "qcow2"};
        create.insert(create.end(), sort.options.begin(), sort.options.end());
        create.insert(create.end(), {path.string(), "8M"});
        must("qemu-img", create);
        for (const auto& command : sort.filling)
            must("qemu-io", {"-f", "qcow2", "-c", command, path.string()});
        if (!sort.after.empty()) {
            auto after = sort.after;
            const bool is_bitmap = after.front() == "bitmap"; // has its name behind the image
            after.insert(is_bitmap ? after.end() - 1 : after.end(), path.string());
            must("qemu-img", after);
        }
        std::ifstream file(path, std::ios::binary);
        return {std::istreambuf_iterator<char>(file), {}};
    }

    // The refusal, or "" when there was none.
    std::string refusal(const image::Effort& effort = image::wholly()) {
        const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
        BOOST_REQUIRE(static_cast<bool>(file));
        try {
            BOOST_TEST(image::probe(file.get(), "it", effort).examined);
            return {};
        } catch (const Error& error) {
            BOOST_TEST((error.fault() == Fault::invalid), error.what());
            return error.what();
        }
    }
    // 0: sound; 3: with clusters that nobody uses, which harms nobody.
    bool is_sound() {
        const auto status = run("qemu-img", {"check", "-q", "-f", "qcow2", path.string()}).status;
        return status == 0 || status == 3;
    }
};

// Where there is metadata: not all zeros, and not data, which is the same byte again and again.
std::vector<std::size_t> places_of_metadata(const std::string& bytes) {
    std::vector<std::size_t> places;
    for (std::size_t at = 0; at + 8 <= bytes.size(); at += 8) {
        const auto word = std::string_view(bytes).substr(at, 8);
        if (word.find_first_not_of(word.front()) != word.npos || at < 112) places.push_back(at);
    }
    return places;
}

template <class Random> std::uint64_t below(std::uint64_t end, Random& random) {
    return std::uniform_int_distribution<std::uint64_t>(0, end - 1)(random);
}

template <class Random> std::string changed(std::string bytes, Random& random, std::string& what) {
    const auto places = places_of_metadata(bytes);
    const auto place = places.at(below(places.size(), random));
    switch (below(6, random)) {
    case 0: {
        const auto length = 4 + below(bytes.size() - 4, random);
        what = "cut to " + std::to_string(length);
        bytes.resize(length);
        return bytes;
    }
    case 1: { // some clusters are somewhere else
        const auto target = below(bytes.size() / 512 + 64, random) * 512;
        what = "names " + std::to_string(target) + " at " + std::to_string(place);
        bytes.replace(place + 2, 6, to_big_endian(target, 6));
        return bytes;
    }
    case 2:
        what = "zeros at " + std::to_string(place);
        bytes.replace(place, 8, 8, '\0');
        return bytes;
    case 3: {
        const auto from = places.at(below(places.size(), random));
        what = std::to_string(from) + " again at " + std::to_string(place);
        bytes.replace(place, 8, bytes.substr(from, 8));
        return bytes;
    }
    default: {
        const auto at = place + below(8, random);
        const auto bit = below(8, random);
        what = "bit " + std::to_string(bit) + " of " + std::to_string(at);
        bytes[at] = static_cast<char>(bytes[at] ^ 1 << bit);
        return bytes;
    }
    }
}

// Without its magic it would be none.
template <class Random> std::string mutated(const std::string& whole, Random& random, std::string& what) {
    return changed(whole, random, what).replace(0, 4, "QFI\xfb");
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(image_check, Scene, *ut::precondition(HasQemu{}))

BOOST_DATA_TEST_CASE(takes_a_sound_image, data::make(sorts), sort) {
    made(sort);
    BOOST_TEST(refusal() == "");
    BOOST_TEST(refusal(image::quickly()) == "");
}

BOOST_DATA_TEST_CASE(takes_nothing_that_qemu_img_calls_damaged, data::make(sorts), sort) {
    const auto whole = made(sort);
    std::mt19937_64 random(number_of("SEED", 1) * 1000 + std::hash<std::string>()(sort.name) % 1000);
    const auto images = number_of("IMAGES", 15);
    std::size_t strict = 0;
    for (std::size_t each = 0; each < images; ++each) {
        std::string what;
        temp.file("image", mutated(whole, random, what));
        const auto ours = refusal();
        const bool theirs = is_sound();
        BOOST_TEST((!ours.empty() || theirs), "taken, and damaged to qemu-img: " << what);
        if (ours.empty() || !theirs) continue;
        ++strict;
        BOOST_TEST_MESSAGE("an image " << sort.name << ", refused, and sound to qemu-img: " << what << ": "
                                       << ours);
    }
    BOOST_TEST(strict <= images / 4 + 1, strict << " of " << images << " refused that are sound to qemu-img");
}

BOOST_AUTO_TEST_CASE(leaves_what_takes_long_for_later) {
    made(sorts.front());
    const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    BOOST_TEST(!image::probe(file.get(), "it", {1000, false}).examined);
    BOOST_CHECK_THROW(image::probe(file.get(), "it", {1000, true}), Error);
    std::stop_source stop;
    stop.request_stop();
    BOOST_CHECK_EXCEPTION(image::probe(file.get(), "it", image::wholly(stop.get_token())), Error,
                          [](const Error& error) { return error.fault() == Fault::unavailable; });
}

// As an image with more clusters than are counted at once.
BOOST_DATA_TEST_CASE(goes_through_a_large_image_in_parts, data::make(sorts), sort) {
    const auto whole = made(sort);
    auto effort = image::wholly();
    effort.clusters_at_once = 7;
    BOOST_TEST(refusal(effort) == "");
    std::mt19937_64 random(1);
    for (int each = 0; each < 20; ++each) {
        std::string what;
        temp.file("image", mutated(whole, random, what));
        BOOST_TEST(refusal(effort).empty() == refusal().empty(), what);
    }
}

BOOST_AUTO_TEST_SUITE_END()
