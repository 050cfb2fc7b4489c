#include "service/engineio/pollbody.hpp"

#include <algorithm>
#include <utility>

namespace lm::engineio {
namespace {

class PollBody : public http::BodySource {
public:
    PollBody(std::string text, std::shared_ptr<Unfetched> unfetched)
        : text_(std::move(text)), unfetched_(std::move(unfetched)) {}
    ~PollBody() override { unfetched_->give(text_.size()); }
    PollBody(const PollBody&) = delete;
    PollBody& operator=(const PollBody&) = delete;

    std::uint64_t size() const override { return text_.size() - at_; }
    void read(std::function<void(Piece)> done) override {
        std::string piece = text_.substr(at_, pollPiece);
        at_ += piece.size();
        done(std::move(piece));
    }

private:
    const std::string text_;
    std::size_t at_ = 0;
    std::shared_ptr<Unfetched> unfetched_;
};

} // namespace

bool holdUnfetched(http::Response& response, const std::shared_ptr<Unfetched>& unfetched) {
    if (response.body.size() <= pollPiece) return true;
    std::string body = std::exchange(response.body, {});
    if (!unfetched->take(body.size())) return false;
    response.source = std::make_shared<PollBody>(std::move(body), unfetched);
    return true;
}

} // namespace lm::engineio
