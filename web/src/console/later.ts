// What is fetched after the desk stands, in one piece: the lane of requests, their card, the quiet line about duty, hand-overs, forced entry, the district.
export { default as District } from './views/District.vue'
export { default as DistrictBar } from './components/DistrictBar.vue'
export { default as DutyBar } from './components/DutyBar.vue'
export { default as EntryBar } from './components/EntryBar.vue'
export { default as EntryKey } from './components/EntryKey.vue'
export { default as ReferralBar } from './components/ReferralBar.vue'
export { default as ServiceCard } from './components/ServiceCard.vue'
export { default as Services } from './views/Services.vue'
