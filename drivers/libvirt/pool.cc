#include "drivers/libvirt/pool.hh"

#include "agent/base/log.hh"
#include "drivers/libvirt/xml_pool.hh"
#include "drivers/pool/passage.hh"
#include "drivers/pool/volume_files.hh"

#include <system_error>

namespace hv::libvirt {
namespace {

namespace fs = std::filesystem;

constexpr auto pool_name = "occi";

bool same_directory(const fs::path& a, const fs::path& b) {
    std::error_code ignored;
    return a.lexically_normal() == b.lexically_normal() || fs::equivalent(a, b, ignored);
}

Pool define(virConnectPtr connection, const fs::path& directory, const std::string& doing) {
    pool::VolumeFiles(directory).make_directory();
    const auto xml = pool_xml(pool_name, directory);
    Pool pool(virStoragePoolDefineXML(connection, xml.c_str(), VIR_STORAGE_POOL_DEFINE_VALIDATE));
    if (!pool) {
        auto failure = last_error(doing);
        pool.reset(virStoragePoolLookupByName(connection, pool_name)); // another thread may have been first
        if (!pool) throw failure;
    }
    logging::info("made the storage pool \"{}\" in {}", pool_name, directory.string());
    return pool;
}

// An earlier agent let libvirt start it with the host: then libvirt looks into all files, whatever they have become.
void leave_start_to_us(virStoragePoolPtr pool) {
    int starts_by_itself = 0;
    if (virStoragePoolGetAutostart(pool, &starts_by_itself) == 0 && starts_by_itself != 0 &&
        virStoragePoolSetAutostart(pool, 0) != 0)
        logging::warning("{}", last_error("keep the storage pool from starting by itself").what());
}

void start(virStoragePoolPtr pool, const fs::path& directory, const std::string& doing) {
    if (virStoragePoolIsActive(pool) != 0) return;
    if (const auto file = pool::VolumeFiles(directory).pretender()) {
        logging::warning(
            "the storage pool \"{}\" of libvirt stays inactive, which harms nobody: {} has become "
            "what libvirt would follow to other files",
            pool_name, *file);
        return;
    }
    if (virStoragePoolCreate(pool, 0) == 0) return;
    const auto failure = last_error(doing); // "internal" when the directory is gone
    // Another thread may have been first.
    if (virStoragePoolIsActive(pool) != 1) throw Error(Fault::unavailable, failure.what());
}

void close_passage(virConnectPtr connection, const fs::path& directory) {
    const Text capabilities(virConnectGetCapabilities(connection));
    if (!capabilities) return;
    const auto user = user_of_guests(capabilities.get());
    if (user && !pool::let_only_pass(directory, *user))
        logging::debug("others may pass the directory {}, but read nothing in it", directory.string());
}

} // namespace

void see_pool(Connection& connection, const fs::path& directory) {
    connection.with(Lane::work, [&](virConnectPtr connect) {
        const std::string doing = std::string("open the storage pool \"") + pool_name + '"';
        Pool pool(virStoragePoolLookupByName(connect, pool_name));
        if (!pool) {
            if (last_code() != VIR_ERR_NO_STORAGE_POOL) throw last_error(doing);
            pool = define(connect, directory, doing);
        }
        const Text xml(virStoragePoolGetXMLDesc(pool.get(), 0));
        if (!xml) throw last_error(doing);
        if (const auto other = directory_of_pool(xml.get()); !same_directory(other, directory))
            throw Error(Fault::unavailable, std::string("the storage pool \"") + pool_name +
                                                "\" of libvirt is in \"" + other.string() + "\", not in \"" +
                                                directory.string() +
                                                "\": make that the [storage] path, or let libvirt forget the "
                                                "pool (virsh pool-destroy occi; virsh pool-undefine occi)");
        leave_start_to_us(pool.get());
        start(pool.get(), directory, doing);
        close_passage(connect, directory);
    });
}

} // namespace hv::libvirt
