#include <recocore/impl/segments/audience_inl.hpp>
#include <recocore/impl/segments/campaign_inl.hpp>
#include <recocore/impl/segments/capped_assignment_inl.hpp>
#include <recocore/impl/segments/look_alikes_inl.hpp>
