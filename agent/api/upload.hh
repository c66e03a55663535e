#pragma once
// An image that a client sends: POST /storage with a multipart form of a document (the field "occixml") and the image
// (the field "file"), in any order, as OpenNebula's clients do. The image goes into the pool as it comes; of the rest
// no more than a document is kept.
//
// Threads: one at a time.

#include "agent/api/call.hh"
#include "agent/api/multipart.hh"
#include "agent/base/digest.hh"
#include "agent/http/types.hh"

#include <exception>
#include <memory>
#include <optional>
#include <string>

namespace api {

class Upload : public http::BodySink, private MultipartReader::Taker {
public:
    // Throws Error{invalid} when the form has no boundary; Error{conflict} when there is no room for so many bytes;
    // Error{unavailable} when libvirt is away.
    Upload(service::Storages&, const http::Head&);

    bool take(std::string_view bytes) noexcept override;

    // What came; `image` holds nothing when there was none. Fields of other names are passed over. Throws what was
    // wrong with it.
    struct Received {
        std::string document;
        service::Arrival image;
    };
    Received release(render::PassedOver&);
    // Of the names and contents of the parts, when the request has an Idempotency-Key; "" otherwise.
    std::string digest();

private:
    enum class Field { none, document, image };
    void begin_part(const std::string& name) override;
    void take_part(std::string_view bytes) override;
    void end_part() override;
    void take_image(std::string_view bytes);

    service::Storages& storages_;
    const std::uint64_t announced_; // bytes of the body; 0: not known
    MultipartReader reader_;
    std::optional<Sha256> digest_;
    Field field_ = Field::none;
    std::optional<std::string> document_;
    render::PassedOver unknown_; // fields
    service::Arrival image_;
    std::uint64_t unchecked_ = 0; // bytes since there was last looked whether the pool has room
    std::exception_ptr failure_;
};

// For POST /storage; nullptr: the body is no such form.
std::unique_ptr<Upload> receive_storage(const Announced&);

} // namespace api
