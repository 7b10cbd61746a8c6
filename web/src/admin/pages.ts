// The pages of the office, in the order of the menu, and who may open each: as the service has it (`src/api/rights.rs`).
export const PAGES = [
  { name: 'service', roles: ['admin', 'duty_leader', 'auditor'], component: () => import('./views/Service.vue') },
  { name: 'coverage', roles: ['admin', 'duty_leader'], component: () => import('./views/Coverage.vue') },
  { name: 'import', roles: ['admin', 'duty_leader'], component: () => import('./views/Import.vue') },
  { name: 'elders', roles: ['admin', 'duty_leader', 'dispatcher'], component: () => import('./views/Elders.vue') },
  { name: 'areas', roles: ['admin', 'duty_leader', 'dispatcher', 'auditor'], component: () => import('./views/Areas.vue') },
  { name: 'chains', roles: ['admin', 'duty_leader', 'dispatcher'], component: () => import('./views/Chains.vue') },
  { name: 'duty14', roles: ['admin', 'duty_leader', 'dispatcher'], component: () => import('./views/Duty.vue') },
  { name: 'visits', roles: ['admin', 'duty_leader', 'dispatcher', 'auditor'], component: () => import('./views/Visits.vue') },
  { name: 'responders', roles: ['admin', 'duty_leader'], component: () => import('./views/Responders.vue') },
  { name: 'devices', roles: ['admin', 'duty_leader', 'dispatcher'], component: () => import('./views/Devices.vue') },
  { name: 'uncalled', roles: ['admin', 'duty_leader', 'dispatcher', 'auditor'], component: () => import('./views/Uncalled.vue') },
  { name: 'quarantine', roles: ['admin', 'duty_leader', 'dispatcher'], component: () => import('./views/Quarantine.vue') },
  { name: 'stations', roles: ['admin', 'duty_leader', 'dispatcher'], component: () => import('./views/Stations.vue') },
  { name: 'reports', roles: ['admin', 'duty_leader', 'dispatcher', 'auditor'], component: () => import('./views/Reports.vue') },
  { name: 'cards', roles: ['admin', 'duty_leader'], component: () => import('./views/Cards.vue') },
  { name: 'colours', roles: ['admin', 'duty_leader'], component: () => import('./views/Colours.vue') },
  { name: 'plans', roles: ['admin', 'duty_leader', 'dispatcher', 'auditor'], component: () => import('./views/Plans.vue') },
  { name: 'walls', roles: ['admin', 'duty_leader'], component: () => import('./views/Walls.vue') },
  { name: 'accounts', roles: ['admin'], component: () => import('./views/Accounts.vue') },
  { name: 'audit', roles: ['admin', 'auditor'], component: () => import('./views/Audit.vue') },
] as const
export const ROLES = ['admin', 'duty_leader', 'dispatcher', 'auditor'] as const
