#pragma once

/// LiveKit's JSON: snake_case with every default in the answers of its API, camelCase without defaults in its
/// webhooks; 64-bit integers as strings or numbers, enums by name or number. Readers take all of it.

#include "service/json/json.hpp"
#include "service/livekit/types.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace lm::livekit {

/// What one answer may list; what is beyond is left out.
inline constexpr std::size_t maxItems = 20'000;

/// Readers of one message; a null or a wrong type counts as absent.
Track readTrack(JsonNode* node);
Participant readParticipant(JsonNode* node);
Room readRoom(JsonNode* node);
Egress readEgress(JsonNode* node);

std::vector<Room> readRooms(JsonNode* answer);               // of ListRooms
std::vector<Participant> readParticipants(JsonNode* answer); // of ListParticipants
/// Of ListEgress; `nextPage` gets the token of the next page, empty at the last.
std::vector<Egress> readEgresses(JsonNode* answer, std::string& nextPage);

} // namespace lm::livekit
