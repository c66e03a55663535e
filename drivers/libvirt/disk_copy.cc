// A disk of a domain in memory, copied as it is at one moment, while the guest goes on: a backup job of QEMU, which
// first saves what the guest is about to overwrite. Many short calls, so that nothing is held while the bytes move.
#include "drivers/libvirt/compute.hh"

#include "agent/base/log.hh"
#include "agent/base/xml.hh"

#include <algorithm>
#include <chrono>
#include <memory>
#include <string_view>
#include <thread>

namespace hv::libvirt {
namespace {

using namespace std::chrono_literals;

constexpr std::chrono::milliseconds between_looks = 200ms;
constexpr int most_looks_after_the_end = 50;

std::string backup_xml(const std::vector<DiskDevice>& disks, const std::string& target,
                       const std::string& into) {
    xml::Writer out;
    out.open("domainbackup").attribute("mode", "push").open("disks");
    for (const auto& disk : disks) {
        if (!disk.is_disk) continue;
        const bool wanted = disk.target == target;
        out.open("disk").attribute("name", disk.target).attribute("backup", wanted ? "yes" : "no");
        if (wanted) {
            out.attribute("type", "file");
            out.open("target").attribute("file", into).close();
            out.open("driver").attribute("type", "raw").close();
        }
        out.close();
    }
    return out.close().close().take();
}

// How a job goes, or went.
struct Job {
    int type = VIR_DOMAIN_JOB_NONE;
    int operation = VIR_DOMAIN_JOB_OPERATION_UNKNOWN;
    unsigned percent = 0;
    std::string message;
};

Job job_of(virDomainPtr domain, unsigned flags, const std::string& doing) {
    Job job;
    virTypedParameterPtr values = nullptr;
    int count = 0;
    if (virDomainGetJobStats(domain, &job.type, &values, &count, flags) != 0) throw last_error(doing);
    const std::unique_ptr<virTypedParameter, std::function<void(virTypedParameterPtr)>> owned(
        values, [count](virTypedParameterPtr all) { virTypedParamsFree(all, count); });
    unsigned long long total = 0, done = 0;
    virTypedParamsGetInt(values, count, VIR_DOMAIN_JOB_OPERATION, &job.operation);
    virTypedParamsGetULLong(values, count, VIR_DOMAIN_JOB_DISK_TOTAL, &total);
    virTypedParamsGetULLong(values, count, VIR_DOMAIN_JOB_DISK_PROCESSED, &done);
    const char* said = nullptr;
    virTypedParamsGetString(values, count, VIR_DOMAIN_JOB_ERRMSG, &said);
    if (said) job.message = said;
    if (total > 0) job.percent = static_cast<unsigned>(std::min(done, total) * 100 / total);
    return job;
}

bool is_backup(const Job& job) {
    return job.type != VIR_DOMAIN_JOB_NONE && job.operation == VIR_DOMAIN_JOB_OPERATION_BACKUP;
}

void begin(virDomainPtr domain, const Uuid& volume, const std::string& into, const std::string& doing) {
    if (virDomainIsActive(domain) != 1) throw Error(Fault::conflict, doing + ": it does not run");
    // One that an agent has begun which is no more.
    if (is_backup(job_of(domain, 0, doing))) {
        virDomainAbortJob(domain);
        throw Error(Fault::busy, doing + ": an earlier copy is being given up");
    }
    const Text document(virDomainGetXMLDesc(domain, 0));
    if (!document) throw last_error(doing);
    const auto target = target_of(document.get(), volume, doing);
    const auto job = backup_xml(disks_in(document.get()), target, into);
    if (virDomainBackupBegin(domain, job.c_str(), nullptr, VIR_DOMAIN_BACKUP_BEGIN_REUSE_EXTERNAL) != 0)
        throw last_error(doing);
}

// Whether it goes on; throws when it has ended otherwise than well.
bool goes_on(virDomainPtr domain, unsigned& percent, const std::string& doing) {
    if (virDomainIsActive(domain) != 1)
        throw Error(Fault::conflict, doing + ": it ended before the copy was whole");
    const auto job = job_of(domain, 0, doing);
    if (is_backup(job)) {
        percent = job.percent;
        return true;
    }
    const auto ended =
        job_of(domain, VIR_DOMAIN_JOB_STATS_COMPLETED | VIR_DOMAIN_JOB_STATS_KEEP_COMPLETED, doing);
    if (ended.type == VIR_DOMAIN_JOB_COMPLETED && ended.operation == VIR_DOMAIN_JOB_OPERATION_BACKUP)
        return false;
    throw Error(Fault::conflict,
                doing + ": the copy failed" + (ended.message.empty() ? "" : ": " + ended.message));
}

} // namespace

void Domains::copy_disk(const Uuid& id, const Uuid& volume, const Volume& into,
                        const std::function<void(unsigned)>& progress, std::stop_token stop) {
    struct Look {
        bool more = true;
        unsigned percent = 0;
    };
    const auto look = std::make_shared<Look>();
    const auto take_a_look = [&] {
        std::this_thread::sleep_for(between_looks);
        try {
            call_on(id, verbs::copy_disk, [look](virDomainPtr domain, const std::string& doing) {
                look->more = goes_on(domain, look->percent, doing);
            });
        } catch (const Error& failure) {
            if (failure.fault() != Fault::busy) throw; // another call is under way on it
        }
    };
    const auto give_up = [&] {
        call_on(id, verbs::copy_disk, [](virDomainPtr domain, const std::string&) {
            virDomainAbortJob(domain); // it may be over already
        });
        for (int looks = 0; look->more && looks < most_looks_after_the_end; ++looks) take_a_look();
    };
    const auto refusal = Error(Fault::conflict, verbs::copy_disk.on(id) + ": it was stopped");
    if (stop.stop_requested()) throw refusal;
    call_on(id, verbs::copy_disk, [volume, path = into.path](virDomainPtr domain, const std::string& doing) {
        begin(domain, volume, path, doing);
    });
    while (look->more) {
        if (stop.stop_requested()) {
            give_up(); // throws as well, once the job is over
            throw refusal;
        }
        take_a_look();
        progress(look->percent);
    }
}

} // namespace hv::libvirt
