#pragma once

#include <chrono>

/// A webhook with a signature made by another implementation, with the key `devkey` and the secret `secret`.
namespace lm::webhook::vector {

constexpr char body[] =
    R"({"event":"track_published","room":{"sid":"RM_testroom0001","name":"demo"},"participant":{"sid":"PA_testpart0001","identity":"alice"},"id":"EV_testevent0001","createdAt":"1767225600","track":{"sid":"TR_AMtest000001","source":"MICROPHONE","mimeType":"audio/red"}})";
constexpr char authorization[] =
    "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9."
    "eyJpc3MiOiJkZXZrZXkiLCJuYmYiOjE3NjcyMjU2MDAsImV4cCI6MTc2NzIyNTkwMCwiaWF0IjoxNzY3MjI1NjAwLCJzaGEyNTYiOiJa"
    "Q2I"
    "zYU90bHhhai9wNkFWcGVoelVyeGRoYkV3amxRLytDN3N6aXZjcnFRPSJ9.f3gEimXOe1KHyFv3lKsPaafazwRZ8kSggkRplBrlNDQ";
constexpr std::chrono::seconds signedAt{1767225600};

} // namespace lm::webhook::vector
