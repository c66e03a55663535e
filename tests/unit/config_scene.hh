#pragma once
// What tests of the configuration begin with: a file in a folder of its own, and whether two configurations are alike.

#include "agent/config/keys.hh"
#include "agent/config/load.hh"
#include "tests/support/temp_folder.hh"

#include <boost/test/unit_test.hpp>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace scene {

// A configuration file with its drop-in folder. Temp: cleans up.
class TempConfig {
public:
    explicit TempConfig(const std::string& content) { write("occi-agent.conf", content); }
    void drop_in(const std::string& name, const std::string& content) const {
        std::filesystem::create_directories(folder_.path() / "occi-agent.conf.d");
        write("occi-agent.conf.d/" + name, content);
    }
    std::filesystem::path file() const { return folder_.path() / "occi-agent.conf"; }
    std::string in_folder(const std::string& name) const { return (folder_.path() / name).string(); }
    Config load() const { return load_config(file(), true); }

private:
    void write(const std::string& name, const std::string& content) const {
        std::ofstream(folder_.path() / name, std::ios::binary) << content;
    }
    support::TempFolder folder_;
};

inline void check_same(const Config& a, const Config& b) {
    BOOST_TEST(a.state == b.state);
    BOOST_TEST((a.log_level == b.log_level));
    BOOST_TEST(a.listen == b.listen, boost::test_tools::per_element());
    BOOST_TEST((a.sockets == b.sockets));
    BOOST_TEST((a.limits == b.limits));
    BOOST_TEST((a.proxies == b.proxies));
    BOOST_TEST((a.tls == b.tls));
    BOOST_TEST((a.auth == b.auth));
    BOOST_TEST(a.access_log == b.access_log);
    BOOST_TEST((a.libvirt == b.libvirt));
    BOOST_TEST((a.services == b.services));
    BOOST_TEST((a.instance_types == b.instance_types));
}

inline const std::string a_type = "custom"; // which has the defaults of any other

// What makes the key what it is in this configuration; of a section that has a name, the thing called `name`.
inline std::vector<std::string> shown(const settings::Key& key, const Config& config,
                                      const std::string& name) {
    return key.value.shown(config, key.section.find(' ') == key.section.npos ? "" : name);
}

} // namespace scene
