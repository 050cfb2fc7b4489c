#include "service/association/lookup.hpp"

#include "service/logging/log.hpp"
#include "service/store/sessions.hpp"

#include <memory>

namespace lm::association {

using Found = std::optional<store::Session>;

LookUp lookUpIn(store::Store& store) {
    return [&store, failing = std::make_shared<bool>(false)](const std::string& room,
                                                             std::function<void(std::string)> found) {
        store.ask<Found>(
            store::lookUpDeadline,
            [room](store::Connection& connection) { return store::newestActiveSession(connection, room); },
            [failing, room, found = std::move(found)](const store::Outcome<Found>& session) {
                if (!session && !std::exchange(*failing, true))
                    logging::warning("association",
                                     "the meeting of a room cannot be looked up: until it can, the room "
                                     "stands in for it",
                                     {{"room", room}, {"reason", session.failure().message}});
                if (session) *failing = false;
                found(session && *session ? (*session)->meetingId : std::string());
            });
    };
}

} // namespace lm::association
