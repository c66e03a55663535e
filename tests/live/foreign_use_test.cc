// All the ways in which a domain of others comes to a file of the pool: as long as it does, nothing is changed there
// or removed.
#define BOOST_TEST_DYN_LINK
#include "agent/base/process.hh"
#include "tests/live/fixture.hh"
#include "tests/live/row.hh"
#include "tests/support/qemu_img.hh"
#include "tests/support/temp_folder.hh"
#include "tests/support/words.hh"

#include <nlohmann/json.hpp>

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <filesystem>
#include <fstream>
#include <functional>
#include <ostream>
#include <string>
#include <vector>

namespace data = boost::unit_test::data;
namespace fs = std::filesystem;
using nlohmann::json;

namespace {

const fs::path pool = support::AgentProcess::pool;
constexpr auto foreign_id = "0c0ffee0-0000-4000-8000-0000000000f0";
constexpr std::uintmax_t mebibyte = 1 << 20;

process::Result call(const std::string& program, const std::vector<std::string>& arguments) {
    const auto found = process::find(program);
    BOOST_TEST_REQUIRE(found.has_value(), program);
    return process::run(*found, arguments, std::chrono::seconds(60));
}

void create_image(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {"create", "-q"});
    support::qemu_img(arguments);
}

// What stands in a domain of others, beside what all have.
struct Parts {
    std::string devices;
    std::string more{}; // beside the devices
    std::string loop{}; // the device that is to be let go afterwards
};

Parts disk(const std::string& type, const fs::path& file) {
    return {"<disk type='file'><driver name='qemu' type='" + type + "'/><source file='" + file.string() +
            "'/><target dev='vda' bus='virtio'/></disk>"};
}

std::string as_json(const fs::path& file) {
    return R"(json:{"driver":"raw","file":{"driver":"file","filename":")" + file.string() + "\"}}";
}

Parts overlay(const fs::path& folder, const std::string& behind, const std::string& format = "raw") {
    create_image({"-f", "qcow2", "-F", format, "-b", behind, (folder / "overlay").string(), "1M"});
    return disk("qcow2", folder / "overlay");
}

fs::path linked_folder(const fs::path& folder) {
    fs::create_directory_symlink(pool, folder / "pool");
    return folder / "pool";
}

struct Way {
    std::string name;
    std::function<Parts(const fs::path& folder, const fs::path& file)> make;
};
std::ostream& operator<<(std::ostream& out, const Way& way) { return out << way.name; }

const std::vector<Way> ways{
    {"its path", [](const fs::path&, const fs::path& file) { return disk("raw", file); }},
    {"a symbolic link",
     [](const fs::path& folder, const fs::path& file) {
         fs::create_symlink(file, folder / "link");
         return disk("raw", folder / "link");
     }},
    {"a hard link",
     [](const fs::path& folder, const fs::path& file) {
         fs::create_hard_link(file, folder / "link");
         return disk("raw", folder / "link");
     }},
    {"a link to the folder",
     [](const fs::path& folder, const fs::path& file) {
         return disk("raw", linked_folder(folder) / file.filename());
     }},
    {"an overlay", [](const fs::path& folder, const fs::path& file) { return overlay(folder, file); }},
    {"an overlay, by json:",
     [](const fs::path& folder, const fs::path& file) { return overlay(folder, as_json(file)); }},
    {"an overlay, by json: with a dotted name",
     [](const fs::path& folder, const fs::path& file) {
         return overlay(folder, R"(json:{"driver":"raw","file.driver":"file","file.filename":")" +
                                    file.string() + "\"}");
     }},
    {"two overlays, the inner one by json:",
     [](const fs::path& folder, const fs::path& file) {
         const auto inner = (folder / "inner").string();
         create_image({"-f", "qcow2", "-F", "raw", "-b", as_json(file), inner});
         return overlay(folder,
                        R"(json:{"driver":"qcow2","file":{"driver":"file","filename":")" + inner + "\"}}",
                        "qcow2");
     }},
    {"a QED overlay",
     [](const fs::path& folder, const fs::path& file) {
         create_image({"-f", "qed", "-F", "raw", "-b", file.string(), (folder / "overlay").string()});
         return disk("qed", folder / "overlay");
     }},
    {"an overlay on a QED overlay",
     [](const fs::path& folder, const fs::path& file) {
         const auto inner = (folder / "inner").string();
         create_image({"-f", "qed", "-F", "raw", "-b", file.string(), inner});
         return overlay(folder, inner, "qed");
     }},
    {"the data file of a qcow2",
     [](const fs::path& folder, const fs::path& file) {
         const auto image = (folder / "image").string();
         create_image({"-f", "qcow2", "-o", "data_file=" + file.string() + ",data_file_raw=on", image, "1M"});
         return disk("qcow2", image);
     }},
    {"memory of an NVDIMM",
     [](const fs::path&, const fs::path& file) {
         return Parts{"<memory model='nvdimm'><source><path>" + file.string() +
                          "</path></source><target><size unit='MiB'>1</size><node>0</node></target></memory>",
                      "<maxMemory slots='4' unit='MiB'>1024</maxMemory><cpu><numa><cell id='0' cpus='0' "
                      "memory='32' unit='MiB'/></numa></cpu>"};
     }},
    {"a serial port",
     [](const fs::path&, const fs::path& file) {
         return Parts{"<serial type='file'><source path='" + file.string() + "'/></serial>"};
     }},
    {"a channel",
     [](const fs::path&, const fs::path& file) {
         return Parts{"<channel type='file'><source path='" + file.string() +
                      "'/><target type='virtio' name='x'/></channel>"};
     }},
    {"an option of QEMU",
     [](const fs::path&, const fs::path& file) {
         return Parts{"", "<qemu:commandline><qemu:arg value='-drive'/><qemu:arg value='file=" +
                              file.string() + ",format=raw,if=virtio'/></qemu:commandline>"};
     }},
    {"an option of QEMU, with a link to the folder",
     [](const fs::path& folder, const fs::path& file) {
         return Parts{"", "<qemu:commandline><qemu:arg value='-blockdev'/><qemu:arg "
                          "value='{\"driver\":\"file\",\"node-name\":\"x\",\"filename\":\"" +
                              (linked_folder(folder) / file.filename()).string() +
                              "\"}'/></qemu:commandline>"};
     }},
    {"an option of QEMU with an overlay",
     [](const fs::path& folder, const fs::path& file) {
         overlay(folder, file);
         return Parts{"", "<qemu:commandline><qemu:arg value='-drive'/><qemu:arg value='if=virtio,file=" +
                              (folder / "overlay").string() + ",format=qcow2'/></qemu:commandline>"};
     }},
    {"a loop device",
     [](const fs::path&, const fs::path& file) {
         const auto made = call("losetup", {"-f", "--show", file.string()});
         if (made.status != 0) return Parts{};
         const auto device = made.output.substr(0, made.output.find('\n'));
         return Parts{"<disk type='block'><driver name='qemu' type='raw'/><source dev='" + device +
                          "'/><target dev='vda' bus='virtio'/></disk>",
                      "", device};
     }},
};

struct Fixture : live::Fixture {
    support::TempFolder outside;

    // nothing: this host has no such way.
    bool comes(const Way& way, const fs::path& file) {
        parts_ = way.make(outside.path(), file);
        if (parts_.devices.empty() && parts_.more.empty()) return false;
        node.define(
            "<domain type='qemu' xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'>"
            "<name>somebody-elses</name><uuid>" +
            std::string(foreign_id) +
            "</uuid><memory unit='MiB'>32</memory><vcpu>1</vcpu><os><type arch='x86_64'>hvm</type></os>"
            "<features><acpi/></features><devices>" +
            parts_.devices + "</devices>" + parts_.more + "</domain>");
        BOOST_TEST(becomes(foreign_id, "STOPPED"));
        return true;
    }
    void goes() {
        node.undefine("somebody-elses");
        BOOST_TEST(becomes(foreign_id, "404"));
        if (!parts_.loop.empty()) BOOST_TEST(call("losetup", {"-d", parts_.loop}).status == 0);
    }
    std::string blank() {
        const auto made = client.post("/storage", "<DISK><NAME>data</NAME><SIZE>1</SIZE></DISK>");
        BOOST_TEST_REQUIRE(made.status == 201);
        BOOST_TEST(all_has_ended());
        return made.id();
    }
    json orphans() const { return json::parse(client.get("/-/orphans").body)["orphans"]; }

private:
    Parts parts_;
};

void names_the_domain(const support::Answer& answer) {
    BOOST_TEST(answer.status == 409, answer.body);
    BOOST_TEST(answer.body.find(foreign_id) != std::string::npos, answer.body);
}

} // namespace

BOOST_AUTO_TEST_SUITE(live_foreign_use)

BOOST_DATA_TEST_CASE_F(Fixture, of_a_storage_is_in_the_way, data::make(ways), way) {
    const auto storage = blank();
    const auto file = pool / (storage + ".raw");
    if (comes(way, file)) {
        names_the_domain(client.remove("/storage/" + storage));
        names_the_domain(act("/storage/" + storage, "resize", words::attribute("size=1.0")));
        names_the_domain(act("/storage/" + storage, "offline"));
        BOOST_TEST(fs::exists(file));
        goes();
    } else {
        BOOST_TEST_MESSAGE("this host cannot: " << way.name);
    }
    remove("/storage/" + storage);
    live::row("a domain of others has a storage by " + way.name, "it is not grown, taken offline or deleted");
    BOOST_TEST(nothing_is_left());
}

BOOST_DATA_TEST_CASE_F(Fixture, of_a_file_beside_the_volumes_is_in_the_way, data::make(ways), way) {
    const auto file = pool / "others.raw";
    std::ofstream(file, std::ios::binary) << std::string(mebibyte, 'x');
    BOOST_TEST_REQUIRE(orphans().size() == 1U);
    const auto href = "/-/orphans/" + orphans()[0]["id"].get<std::string>();
    if (comes(way, file)) {
        BOOST_TEST(orphans().empty());
        names_the_domain(client.send("POST", href + "?action=adopt", "", {}));
        names_the_domain(client.send("DELETE", href, {}, {}));
        BOOST_TEST(fs::exists(file));
        goes();
    }
    BOOST_TEST(client.send("DELETE", href, {}, {}).status == 204);
    live::row("a domain of others has a file beside the volumes by " + way.name,
              "it is not adopted or removed");
    BOOST_TEST(nothing_is_left());
}

BOOST_AUTO_TEST_SUITE_END()
