// OpenNebula's STORAGEs, also with an image that the client sends. DELETE is OCCI's, too.
#include "agent/api/answers.hh"
#include "agent/api/forms.hh"
#include "agent/api/handlers.hh"
#include "agent/api/made.hh"
#include "agent/api/opennebula.hh"
#include "agent/api/terms.hh"
#include "agent/api/upload.hh"
#include "agent/occi/names.hh"
#include "agent/render/opennebula_xml.hh"

namespace api {
namespace {

auto reader_of(const Call& call) {
    return
        [&storages = call.services.storages, id = call.id, who = call.who] { return storages.show(id, who); };
}

// The document, and with a multipart form the image.
Upload::Received received_in(const Call& call) {
    if (call.upload) return call.upload->release(*call.passed_over);
    return {document_of(call.request, call.passed_over.get()), {}};
}

} // namespace

http::Response list_storages(const Call& call) {
    return opennebula_pool(call, *call.services.model.known().storage, call.services.storages.list(call.who));
}

http::Response create_storage(const Call& call) {
    auto& storages = call.services.storages;
    auto received = received_in(call);
    auto wanted =
        render::opennebula::read_storage(received.document, call.services.model, call.passed_over.get());
    // OpenNebula's own commands say there which of their files it was: what came is what counts.
    if (received.image.bytes && wanted.attributes.erase(occi::name::image_url) > 0)
        call.passed_over->add("DISK/URL");
    const service::Terms terms{call.who, call.key};
    const auto begun = received.image.bytes ? storages.create(std::move(received.image), wanted, terms)
                                            : storages.create(wanted, terms);
    return made(call, begun.operation);
}

http::Response show_storage(const Call& call) { return opennebula_entity(call, reader_of(call)); }

http::Response remove_storage(const Call& call) {
    const auto read = reader_of(call);
    const auto last = leaving(call, read());
    return removed(call, call.services.storages.remove(call.id, terms_of(call, read)), last);
}

} // namespace api
