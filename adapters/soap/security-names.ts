/** Names of WS-Security 1.0, the UsernameToken profile 1.0 and WS-Addressing 1.0. */
const oasis = 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-';

export const securityNamespace = `${oasis}wssecurity-secext-1.0.xsd`;
export const utilityNamespace = `${oasis}wssecurity-utility-1.0.xsd`;
export const passwordText = `${oasis}username-token-profile-1.0#PasswordText`;
export const passwordDigest = `${oasis}username-token-profile-1.0#PasswordDigest`;
export const base64Binary = `${oasis}soap-message-security-1.0#Base64Binary`;

export const addressingNamespace = 'http://www.w3.org/2005/08/addressing';
export const addressingSubmission = 'http://schemas.xmlsoap.org/ws/2004/08/addressing';
export const anonymousAddress = `${addressingNamespace}/anonymous`;
