// Bodies of the room live/, the updater aside.
#include <recocore/impl/live/live_model_inl.hpp>
#include <recocore/impl/live/refit_inl.hpp>
