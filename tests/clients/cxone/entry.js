// What of NICE's packages agent.js uses; esbuild makes one file of it, since they are modules for browsers' bundlers.
export { CXoneAuth } from '@nice-devone/auth-sdk';
export { ACDSessionManager } from '@nice-devone/core-sdk';
export { AgentStateService } from '@nice-devone/acd-sdk';
export { DispositionService } from '@nice-devone/agent-sdk';
