#include "agent/api/upload.hh"

#include "agent/base/error.hh"
#include "agent/base/text.hh"

namespace api {
namespace {

constexpr std::size_t longest_document = 1 << 20;
constexpr std::uint64_t between_looks = 64 << 20;

std::uint64_t length_of(const http::Head& head) {
    const auto length = text::to_number(head.header("Content-Length").value_or(""));
    return length ? static_cast<std::uint64_t>(*length) : 0;
}

} // namespace

Upload::Upload(service::Storages& storages, const http::Head& head)
    : storages_(storages), announced_(length_of(head)),
      reader_(boundary_of(head.header("Content-Type").value_or("")), *this) {
    if (head.header("Idempotency-Key")) digest_.emplace();
    storages_.check_room(announced_);
}

bool Upload::take(std::string_view bytes) noexcept {
    if (failure_) return false;
    try {
        reader_.take(bytes);
    } catch (...) {
        failure_ = std::current_exception();
        image_.bytes.reset(); // its room is free at once
    }
    return !failure_;
}

void Upload::begin_part(const std::string& name) {
    if (digest_) digest_->add(name + "\n");
    field_ = name == "occixml" ? Field::document : name == "file" ? Field::image : Field::none;
    if (field_ == Field::document && std::exchange(document_, std::string()))
        throw Error(Fault::invalid, "the multipart form has two fields \"occixml\"");
    if (field_ == Field::none) unknown_.add("form/" + name);
    if (field_ != Field::image) return;
    if (image_.bytes) throw Error(Fault::invalid, "the multipart form has two fields \"file\"");
    image_ = storages_.receive(announced_);
}

void Upload::take_part(std::string_view bytes) {
    if (digest_) digest_->add(bytes);
    switch (field_) {
    case Field::document:
        if (document_->size() + bytes.size() > longest_document)
            throw Error(Fault::too_large, "the field \"occixml\" is longer than " +
                                              std::to_string(longest_document) + " bytes");
        document_->append(bytes);
        return;
    case Field::image: return take_image(bytes);
    case Field::none: return;
    }
}

void Upload::end_part() { field_ = Field::none; }

void Upload::take_image(std::string_view bytes) {
    unchecked_ += bytes.size();
    if (unchecked_ >= between_looks) {
        unchecked_ = 0;
        storages_.check_room(0);
    }
    image_.bytes->write(bytes);
}

Upload::Received Upload::release(render::PassedOver& passed_over) {
    if (failure_) std::rethrow_exception(failure_);
    reader_.finish();
    if (!document_) throw Error(Fault::invalid, "the multipart form has no field \"occixml\"");
    passed_over.add(unknown_);
    return {std::move(*document_), std::move(image_)};
}

std::string Upload::digest() { return digest_ ? digest_->finish() : ""; }

std::unique_ptr<Upload> receive_storage(const Announced& announced) {
    if (!is_multipart(announced.head.header("Content-Type").value_or(""))) return nullptr;
    return std::make_unique<Upload>(announced.services.storages, announced.head);
}

} // namespace api
