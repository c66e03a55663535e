#define BOOST_TEST_DYN_LINK
#include "agent/base/handle.hh"
#include "drivers/pool/files_behind.hh"
#include "tests/support/temp_folder.hh"

#include <boost/test/unit_test.hpp>

#include <array>
#include <filesystem>
#include <fstream>
#include <string>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>

using namespace hv::pool;

namespace {

const Uuid one = "a0000000-0000-4000-8000-000000000001", other = "b0000000-0000-4000-8000-000000000002";

// As much of a qcow2 file as names what is behind it.
void write_overlay(const std::filesystem::path& path, const std::string& behind) {
    std::string header("QFI\xfb\0\0\0\3", 8);
    header += std::string(7, '\0') + char(24);
    header += std::string(3, '\0') + static_cast<char>(behind.size());
    header += std::string(4, '\0') + behind;
    std::ofstream(path, std::ios::binary) << header;
}

} // namespace

BOOST_AUTO_TEST_SUITE(pool_files_behind)

// issue 11, 3
BOOST_AUTO_TEST_CASE(a_volume_is_known_by_name_by_link_and_beneath_other_files) {
    support::TempFolder folder;
    const auto pool = folder.path() / "pool", away = folder.path() / "away";
    std::filesystem::create_directories(pool);
    std::filesystem::create_directories(away);
    const auto base = pool / (one + ".raw"), clone = pool / (other + ".qcow2");
    std::ofstream(base) << "bytes";
    write_overlay(clone, base.string());
    std::filesystem::create_symlink(base, away / "link");
    std::filesystem::create_hard_link(base, away / "hard");
    write_overlay(away / "overlay", clone.string());
    write_overlay(away / "relative", "link");
    write_overlay(away / "circle", "circle");
    std::ofstream(away / "else") << "QFI";
    const auto found = files_behind(pool, {base, (pool / "." / (one + ".raw")), away / "link", away / "hard",
                                           clone, away / "overlay", away / "relative", away / "circle",
                                           away / "else", away / "gone", "/dev/null",
                                           "raw:" + (away / "overlay").string(), "raw:" + base.string()});
    const auto behind = [&](const std::filesystem::path& path) {
        std::string words;
        for (const auto& id : found.at(path.string())) words += "/" + id.substr(0, 1);
        return words;
    };
    BOOST_TEST(behind(base) == "/a");
    BOOST_TEST(behind(pool / "." / (one + ".raw")) == "/a");
    BOOST_TEST(behind(away / "link") == "/a");
    BOOST_TEST(behind(away / "hard") == "/a");
    BOOST_TEST(behind(clone) == "/b/a");
    BOOST_TEST(behind(away / "overlay") == "//b/a");
    BOOST_TEST(behind(away / "relative") == "//a");
    BOOST_TEST(behind("raw:" + (away / "overlay").string()) == "/"); // what is raw names nothing
    BOOST_TEST(behind("raw:" + base.string()) == "/a");
    for (const auto* name : {"circle", "else", "gone"}) BOOST_TEST(behind(away / name) == "/", name);
}

BOOST_AUTO_TEST_CASE(what_an_image_names_is_opened_only_when_it_has_bytes) {
    support::TempFolder folder;
    const auto pool = folder.path() / "pool", away = folder.path() / "away";
    std::filesystem::create_directories(pool);
    std::filesystem::create_directories(away);
    const auto pipe = away / "pipe", socket = away / "socket";
    BOOST_REQUIRE_EQUAL(::mkfifo(pipe.c_str(), 0600), 0);
    BOOST_REQUIRE_EQUAL(::mknod(socket.c_str(), S_IFSOCK | 0600, 0), 0);
    std::filesystem::create_symlink(pipe, away / "link");
    const Descriptor watch(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC));
    BOOST_REQUIRE(::inotify_add_watch(watch.get(), away.c_str(), IN_OPEN) >= 0);
    std::vector<std::string> images;
    for (const auto* named : {"pipe", "socket", "link", "base"}) {
        images.push_back(pool / (std::string("on-") + named));
        write_overlay(images.back(), (away / named).string());
    }
    for (const auto& [image, ids] : files_behind(pool, images)) BOOST_TEST((ids == std::vector<Uuid>{image}));
    std::array<char, 4096> opened{};
    BOOST_TEST(::read(watch.get(), opened.data(), opened.size()) == -1, "something was opened");
    write_overlay(away / "base", (pool / "gone").string());
    files_behind(pool, images);
    BOOST_TEST(::read(watch.get(), opened.data(), opened.size()) > 0); // so that the watch proves something
}

BOOST_AUTO_TEST_CASE(a_file_of_the_pool_that_is_no_volume_is_known_by_its_path) {
    support::TempFolder folder;
    const auto pool = folder.path() / "pool", away = folder.path() / "away";
    std::filesystem::create_directories(pool);
    std::filesystem::create_directories(away);
    const auto stray = pool / "stray.img", volume = pool / (one + ".raw");
    std::ofstream(stray) << "bytes";
    std::ofstream(volume) << "bytes";
    std::filesystem::create_symlink(stray, away / "link");
    std::filesystem::create_hard_link(stray, away / "hard");
    std::filesystem::create_directory_symlink(pool, away / "pool");
    write_overlay(away / "overlay", stray.string());
    write_overlay(away / "json", R"(json:{"file":{"filename":")" + stray.string() + "\"}}");
    write_overlay(away / "strange", "nbd:x:" + one);
    write_overlay(volume, stray.string()); // by a guest
    const std::string option = "text:file=" + (away / "pool/stray.img").string() + ",format=raw";
    const auto found =
        files_behind(pool, {stray, away / "link", away / "hard", away / "pool/stray.img", option,
                            "text:/x " + one + ".raw", "text:a/mystray.img", "text:(stray.img)",
                            away / "overlay", away / "json", away / "strange", volume, "raw:/dev/null"});
    using Ids = std::vector<Uuid>;
    for (const auto& same : {stray, away / "link", away / "hard", away / "pool/stray.img"})
        BOOST_TEST((found.at(same) == Ids{stray}), same);
    BOOST_TEST((found.at(option) == Ids{stray}));
    BOOST_TEST((found.at("text:/x " + one + ".raw") == Ids{one}));
    BOOST_TEST((found.at("text:(stray.img)") == Ids{stray}));
    BOOST_TEST((found.at("text:a/mystray.img") == Ids{""}));
    for (const auto* name : {"overlay", "json"}) BOOST_TEST((found.at(away / name) == Ids{"", stray}), name);
    BOOST_TEST((found.at(away / "strange") == Ids{"", one}));
    BOOST_TEST((found.at(volume) == Ids{one}));
    BOOST_TEST((found.at("raw:/dev/null") == Ids{""}));
}

BOOST_AUTO_TEST_SUITE_END()
